using System.CommandLine;
using System.Globalization;
using Dinov2Cluster.Cli.Embed;
using Dinov2Cluster.Cli.Gateways;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Vectors;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 embed PATH|GLOB|DIR|URL... --out FILE</c>.</summary>
internal sealed class EmbedCommand(CommandContext context)
{
    // The client's default is for one call; a run of hours also waits while a gateway is replaced.
    private const int MaxRetries = 100;

    private readonly GatewayCommandOptions _gateway = GatewayCommandOptions.ForEmbedding("grpc", "http");
    private readonly Argument<string[]> _images = new("IMAGE")
    {
        Description = "Image files, URLs, directories (with all subdirectories) and patterns such as 'photos/**/*.jpg'.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _from = new("--from") { Description = "File with one path or URL per line; - for standard input.", HelpName = "FILE" };
    private readonly Option<string> _out = new("--out")
    {
        Description = $"Vector file ({string.Join(", ", VectorFile.Extensions)}). Images that it already has are skipped, so that a stopped run can continue.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string?> _errors = new("--errors") { Description = "File for all failed images: path, tab, reason.", HelpName = "FILE" };
    private readonly Option<bool> _normalize = new("--normalize") { Description = "Divide each vector by its L2 norm." };
    private readonly OutputOption _output = new();
    private readonly Option<int> _concurrency = new("--concurrency")
    {
        Description = "Images in flight at once, 1 to 4096.",
        HelpName = "N",
        DefaultValueFactory = static _ => new Dinov2ClientOptions().Concurrency,
    };

    private readonly Option<TimeSpan> _patience = new("--patience")
    {
        Description = "Longest time without an answer before the run stops.",
        HelpName = "TIME",
        CustomParser = Durations.Parse,
        DefaultValueFactory = static _ => TimeSpan.FromMinutes(2),
    };

    public Command Create()
    {
        var command = new Command("embed", "Embeds images into a vector file.")
        {
            _images, _from, _out, _errors, _normalize, _output.Option, _concurrency, _patience, _gateway.Options,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(_images) is null or { Tokens.Count: 0 } && result.GetResult(_from) is null)
            {
                result.AddError("Name images, or a list of them with --from");
            }
        });
        return command.WithAction(RunAsync);
    }

    private async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var path = parsed.GetRequiredValue(_out);
        var images = new ImageList(parsed.GetValue(_images) ?? [], parsed.GetValue(_from), context.OpenInput);
        var target = _gateway.Read(parsed, context);
        await using var client = await target.ConnectAsync(
            options =>
            {
                options.Concurrency = parsed.GetValue(_concurrency);
                options.Deadline = parsed.GetValue(_patience);
                options.MaxRetries = MaxRetries;
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
        var began = context.Time.GetTimestamp();
        try
        {
            var run = new EmbedRun(client, writer, tally, failures, context.Time);
            await WithProgressAsync(images, tally, run.RunAsync(images, options, cancellationToken), cancellationToken);
            await writer.CompleteAsync(cancellationToken);
        }
        catch (Dinov2Exception exception)
        {
            throw new CommandException($"{GatewayErrors.Describe(exception, target.Url)}. {Stopped(path, tally)}", exception);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new CommandException($"stopped. {Stopped(path, tally)}", exception);
        }
        finally
        {
            failures.Print(context.Error, tally.Failed);
        }

        await ReportAsync(path, writer.State, tally, context.Time.GetElapsedTime(began));
    }

    private async Task WithProgressAsync(ImageList images, EmbedTally tally, Task run, CancellationToken cancellationToken)
    {
        using var counting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var count = images.IsRepeatable ? Task.Run(async () => tally.Total = await images.CountAsync(counting.Token), CancellationToken.None) : Task.CompletedTask;
        try
        {
            await new EmbedProgress(context, tally).ShowAsync(run);
        }
        finally
        {
            await counting.CancelAsync();
            // The number of images is not needed any more.
            await count.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await run;
        }
    }

    private async Task ReportAsync(string path, VectorFileState file, EmbedTally tally, TimeSpan elapsed)
    {
        if (tally.Seen == 0)
        {
            throw new CommandException("no image found; name image files, or directories and patterns with image files");
        }

        var rate = tally.Embedded / Math.Max(elapsed.TotalSeconds, double.Epsilon);
        var what = file.Dimension is null ? "" : $" ({(file.Model is { Length: > 0 } model ? $"{PlainText.Of(model)}, " : "")}{file.Dimension} features)";
        await context.Output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: {tally.Embedded} embedded, {tally.Skipped} there already, {tally.Failed} failed, {rate:0.0} images/s{what}"));
        if (tally.Failed > 0)
        {
            throw new CommandException($"{tally.Failed} of {tally.Seen} images failed; the same command tries them again");
        }
    }

    private static string Stopped(string path, EmbedTally tally) =>
        $"{path} keeps what is done ({tally.Embedded + tally.Skipped} images); the same command continues from there";
}
