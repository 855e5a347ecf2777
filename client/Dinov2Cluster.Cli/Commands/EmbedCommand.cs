using System.CommandLine;
using System.Globalization;
using Dinov2Cluster.Cli.Embed;
using Dinov2Cluster.Cli.Gateways;
using Dinov2Cluster.Cli.Vectors;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 embed PATH|GLOB|DIR|URL... --out FILE</c>.</summary>
internal sealed class EmbedCommand
{
    // The client's own defaults are for a call; a run of hours also waits for a gateway that is being replaced.
    private const int Retries = 100;

    private readonly CommandContext _context;
    private readonly GatewayOptions _gateway = GatewayOptions.ForEmbedding("grpc", "http");
    private readonly Argument<string[]> _images = new("IMAGE")
    {
        Description = "Image files, URLs, directories (their image files, however deep) and patterns such as 'photos/**/*.jpg'.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _from = new("--from") { Description = "File with one path or URL per line; - for standard input.", HelpName = "FILE" };
    private readonly Option<string> _out = new("--out")
    {
        Description = $"Vector file ({string.Join(", ", VectorFile.Extensions)}). What it has already is skipped, so that a run that was stopped goes on.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string?> _errors = new("--errors") { Description = "File for all images that failed: path, tab, reason.", HelpName = "FILE" };
    private readonly Option<bool> _normalize = new("--normalize") { Description = "Divide each vector by its L2 norm." };
    private readonly OutputOption _output = new();
    private readonly Option<int> _concurrency = new("--concurrency")
    {
        Description = "Images under way at once, 1 to 4096.",
        HelpName = "N",
        DefaultValueFactory = static _ => new Dinov2ClientOptions().Concurrency,
    };

    private readonly Option<TimeSpan> _patience = new("--patience")
    {
        Description = "How long the gateway may answer nothing before the run stops.",
        HelpName = "TIME",
        CustomParser = Durations.Parse,
        DefaultValueFactory = static _ => TimeSpan.FromMinutes(2),
    };

    private EmbedCommand(CommandContext context) => _context = context;

    public static Command Create(CommandContext context) => new EmbedCommand(context).Create();

    private Command Create()
    {
        var command = new Command("embed", "Embeds images into a vector file.") { _images, _from, _out, _errors, _normalize, _output.Option, _concurrency, _patience };
        foreach (var option in _gateway.Options)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetResult(_images) is null or { Tokens.Count: 0 } && result.GetResult(_from) is null)
            {
                result.AddError("Name images, or a list of them with --from");
            }
        });
        // On another thread: the library listens for Ctrl+C only once the action has returned its task.
        command.SetAction((parsed, cancellationToken) => Task.Run(() => RunAsync(parsed, cancellationToken), cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var path = parsed.GetRequiredValue(_out);
        var images = new ImageList(parsed.GetValue(_images) ?? [], parsed.GetValue(_from), _context.OpenInput);
        var target = _gateway.Read(parsed, _context);
        await using var client = await target.ConnectAsync(
            options =>
            {
                options.Concurrency = parsed.GetValue(_concurrency);
                options.Deadline = parsed.GetValue(_patience);
                options.MaxRetries = Retries;
            },
            cancellationToken);
        var tally = new EmbedTally();
        await using var failures = new FailureList(parsed.GetValue(_errors));
        await using var writer = await VectorFile.OpenWriterAsync(path, cancellationToken);
        var options = new EmbedOptions
        {
            Normalize = parsed.GetValue(_normalize),
            Output = _output.Read(parsed),
        };
        var began = _context.Time.GetTimestamp();
        try
        {
            var run = new EmbedRun(client, writer, tally, failures, _context.Time);
            await WithProgressAsync(images, tally, token => run.RunAsync(images, options, token), cancellationToken);
            await writer.CompleteAsync(cancellationToken);
        }
        catch (Dinov2Exception e)
        {
            throw new CommandException($"{GatewayErrors.Describe(e, target.Url)}. {Stopped(path, tally)}", e);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            throw new CommandException($"stopped. {Stopped(path, tally)}", e);
        }
        finally
        {
            failures.Print(_context.Error, tally.Failed);
        }

        return await ReportAsync(path, writer, tally, _context.Time.GetElapsedTime(began));
    }

    private async Task WithProgressAsync(ImageList images, EmbedTally tally, Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        using var counting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var count = images.IsRepeatable ? Task.Run(async () => tally.Total = await images.CountAsync(counting.Token), CancellationToken.None) : Task.CompletedTask;
        var work = run(cancellationToken);
        try
        {
            await new EmbedProgress(_context, tally).ShowAsync(work);
        }
        finally
        {
            await counting.CancelAsync();
            // Only a number that nobody waits for any more.
            await count.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await work;
        }
    }

    private async Task<int> ReportAsync(string path, IVectorWriter writer, EmbedTally tally, TimeSpan time)
    {
        if (tally.Seen == 0)
        {
            throw new CommandException("there is no image; name image files, directories that hold some, or patterns that match some");
        }

        var rate = tally.Embedded / Math.Max(time.TotalSeconds, double.Epsilon);
        var what = writer.Dimension is null ? "" : $" ({(writer.Model is { Length: > 0 } model ? $"{PlainText.Of(model)}, " : "")}{writer.Dimension} features)";
        await _context.Output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: {tally.Embedded} embedded, {tally.Skipped} there already, {tally.Failed} failed, {rate:0.0} images/s{what}"));
        return tally.Failed == 0 ? 0 : throw new CommandException($"{tally.Failed} of {tally.Seen} images failed; the same command tries them again");
    }

    private static string Stopped(string path, EmbedTally tally) =>
        $"{path} keeps what is done ({tally.Embedded + tally.Skipped} images); the same command goes on from there";
}
