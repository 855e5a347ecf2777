using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Dinov2Cluster.Cli.Commands;
using Dinov2Cluster.Cli.Gateways;
using Dinov2Cluster.Model;

namespace Dinov2Cluster.Cli;

/// <summary>Runs one command line. Exit code 0, or 1 with one line on standard error that says what is wrong and what to do.</summary>
internal static class CommandLine
{
    private const int Success = 0;
    private const int Failure = 1;

    // After Ctrl+C: time to put on the disk what is done, even where that is slow.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(30);

    public static Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken = default) =>
        RunAsync(arguments, new CommandContext(output, error), cancellationToken);

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context, CancellationToken cancellationToken = default)
    {
        var (output, error) = (context.Output, context.Error);
        var root = new RootCommand("DINOv2 image embeddings: models and clusters.")
        {
            EmbedCommand.Create(context),
            SearchCommand.Create(context, new GatewayQueryEmbedder(context)),
            BenchCommand.Create(context),
            ModelCommand.Create(context),
            ClusterCommand.Create(context),
            CompletionCommand.Create(context.Output),
        };
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            // Paths, where this runs.
            help.Aliases.Remove("/h");
            help.Aliases.Remove("/?");
        }

        var parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            var problems = parsed.Errors.Select(problem => problem.Message.TrimEnd('.')).Distinct();
            return Fail(error, $"{string.Join("; ", problems)}; see: {CommandPath(parsed)} --help");
        }

        try
        {
            // The library's own handler prints stack traces.
            var configuration = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TerminationTimeout };
            return await parsed.InvokeAsync(configuration, cancellationToken) == Success ? Success : Failure;
        }
        catch (Exception e) when (e is ModelException or CommandException)
        {
            return Fail(error, e.Message);
        }
        catch (OperationCanceledException)
        {
            return Fail(error, "cancelled, nothing was written");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system's own words, with the path: "No space left on device", "Access to the path ... is denied".
            return Fail(error, $"reading or writing failed: {e.Message}");
        }
        catch (Exception e)
        {
            return Fail(error, $"unexpected failure, please report it: {e.GetType().Name}: {e.Message}");
        }
    }

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Push(result.Command is RootCommand ? "dinov2" : result.Command.Name);
        }

        return string.Join(' ', names);
    }

    private static int Fail(TextWriter error, string message)
    {
        // Paths and the library's messages may hold line breaks.
        error.WriteLine("dinov2: " + string.Join(' ', message.Split((char[])['\r', '\n', '\t', ' '], StringSplitOptions.RemoveEmptyEntries)));
        return Failure;
    }
}
