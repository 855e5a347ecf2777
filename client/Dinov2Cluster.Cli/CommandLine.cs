using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Dinov2Cluster.Cli.Commands;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Model;

namespace Dinov2Cluster.Cli;

/// <summary>Runs one command line. The exit code is 0, or 1 with one line on standard error that says what is wrong and what to do.</summary>
internal static class CommandLine
{
    private const int Success = 0;
    private const int Failure = 1;

    // Time after Ctrl+C to write finished work to the disk, even a slow one.
    private static readonly TimeSpan _terminationTimeout = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context, CancellationToken cancellationToken = default)
    {
        var (output, error) = (context.Output, context.Error);
        var root = new RootCommand("DINOv2 image embeddings: models and clusters.")
        {
            new EmbedCommand(context).Create(),
            SearchCommand.Create(context),
            new BenchCommand(context).Create(),
            new Command("model", "Downloads, creates, compiles and shows models.")
            {
                ModelListCommand.Create(context),
                ModelInspectCommand.Create(context),
                ModelPullCommand.Create(context),
                ModelRandomCommand.Create(output),
                ModelCompileCommand.Create(output),
            },
            new Command("cluster", "Shows a running cluster.") { new ClusterStatusCommand(context).Create() },
            CompletionCommand.Create(output),
        };
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            // These are paths on this system.
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
            var configuration = new InvocationConfiguration
            {
                Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = _terminationTimeout,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken) == Success ? Success : Failure;
        }
        catch (Exception exception) when (exception is ModelException or CommandException)
        {
            return Fail(error, exception.Message);
        }
        catch (OperationCanceledException)
        {
            return Fail(error, "canceled, nothing was written");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The system's own message names the path: "No space left on device", "Access to the path ... is denied".
            return Fail(error, $"reading or writing failed: {exception.Message}");
        }
        catch (Exception exception)
        {
            return Fail(error, $"unexpected failure, please report it: {exception.GetType().Name}: {exception.Message}");
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
        // Paths and the library's messages may contain line breaks.
        error.WriteLine("dinov2: " + string.Join(' ', message.Split((char[])['\r', '\n', '\t', ' '], StringSplitOptions.RemoveEmptyEntries)));
        return Failure;
    }
}
