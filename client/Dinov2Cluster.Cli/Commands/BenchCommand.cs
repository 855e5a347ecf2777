using System.CommandLine;
using System.Text.Json;
using Dinov2Cluster.Cli.Bench;
using Dinov2Cluster.Cli.Gateways;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 bench [IMAGE]</c>.</summary>
internal sealed class BenchCommand
{
    private const int MaxImagesPerRequest = 256;
    private const int MaxConcurrency = 4096;

    private readonly CommandContext _context;
    private readonly GatewayOptions _gateway = GatewayOptions.ForEmbedding("grpc", BenchPlan.Stream, "http");
    private readonly Argument<string?> _image = new("IMAGE") { Description = "Image file to send over and over (default: a JPEG of 640 x 427).", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<int> _concurrency = new("--concurrency")
    {
        Description = "Requests under way at once, or images in the stream.",
        HelpName = "N",
        DefaultValueFactory = static _ => new Dinov2ClientOptions().Concurrency,
    };

    private readonly Option<TimeSpan> _duration = new("--duration")
    {
        Description = "How long requests are sent.",
        HelpName = "TIME",
        CustomParser = Durations.Parse,
        DefaultValueFactory = static _ => TimeSpan.FromSeconds(10),
    };

    private readonly Option<int> _imagesPerRequest = new("--images-per-request") { Description = "Images in a request.", HelpName = "N", DefaultValueFactory = static _ => 1 };
    private readonly Option<double?> _rate = new("--rate")
    {
        Description = "Images per second that arrive at random whether or not others are answered, instead of --concurrency.",
        HelpName = "R",
    };

    private readonly Option<bool> _json = JsonOutput.Option();

    private BenchCommand(CommandContext context) => _context = context;

    public static Command Create(CommandContext context) => new BenchCommand(context).Create();

    private Command Create()
    {
        var command = new Command("bench", "Measures a gateway: images per second and latency.") { _image, _concurrency, _duration, _imagesPerRequest, _rate, _json };
        foreach (var option in _gateway.Options)
        {
            command.Options.Add(option);
        }

        // On another thread: the library listens for Ctrl+C only once the action has returned its task.
        command.SetAction((parsed, cancellationToken) => Task.Run(() => RunAsync(parsed, cancellationToken), cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var plan = Plan(parsed);
        var image = parsed.GetValue(_image) is { } path ? await File.ReadAllBytesAsync(path, cancellationToken) : SampleImage.Read();
        var target = _gateway.Read(parsed, _context);
        await using var client = await target.ConnectAsync(
            options =>
            {
                // What the gateway refuses is to be seen, not to be tried again.
                options.MaxRetries = 0;
                options.Concurrency = plan.Concurrency;
                options.ImagesPerRequest = plan.ImagesPerRequest;
            },
            cancellationToken);
        var first = await TryAsync(client, image, target, cancellationToken);
        var tally = new BenchTally();
        var time = await new BenchLoad(client, plan, image, tally, _context.Time).RunAsync(cancellationToken);
        var report = new BenchReport(
            plan.Protocol,
            first.Model,
            first.Features.Length,
            image.Length,
            plan.Rate is null ? plan.Concurrency : null,
            plan.Rate,
            plan.ImagesPerRequest,
            Math.Round(time.TotalSeconds, 3),
            tally.Requests,
            tally.Images,
            Math.Round(tally.Images / Math.Max(time.TotalSeconds, double.Epsilon), 2),
            BenchLatency.From(tally.Latency),
            tally.Errors());
        await _context.Output.WriteLineAsync(parsed.GetValue(_json) ? JsonSerializer.Serialize(report, BenchReportJson.Default.BenchReport) : Describe(report));
        return report.Images > 0 ? 0 : throw new CommandException("no image was answered");
    }

    private BenchPlan Plan(ParseResult parsed)
    {
        var plan = new BenchPlan(
            _gateway.Protocol(parsed), parsed.GetValue(_concurrency), parsed.GetValue(_imagesPerRequest), parsed.GetValue(_duration), parsed.GetValue(_rate));
        if (plan.Concurrency is < 1 or > MaxConcurrency)
        {
            throw new CommandException($"--concurrency is 1 to {MaxConcurrency}");
        }

        if (plan.ImagesPerRequest is < 1 or > MaxImagesPerRequest)
        {
            throw new CommandException($"--images-per-request is 1 to {MaxImagesPerRequest}");
        }

        if (plan.Rate is { } rate && rate is not (> 0 and <= 1e6))
        {
            throw new CommandException("--rate is more than 0, and at most 1000000");
        }

        return plan is { Protocol: BenchPlan.Stream } and ({ ImagesPerRequest: > 1 } or { Rate: not null })
            ? throw new CommandException($"--protocol {BenchPlan.Stream} is one stream of images, without --images-per-request and --rate; use --protocol grpc")
            : plan;
    }

    /// <summary>Sends one image before the clock runs: it opens the connection, and finds out early what can't work.</summary>
    private static async Task<ImageEmbedding> TryAsync(Dinov2Client client, byte[] image, GatewayTarget target, CancellationToken cancellationToken)
    {
        try
        {
            return await client.EmbedAsync(image, cancellationToken: cancellationToken);
        }
        catch (Dinov2Exception e)
        {
            throw GatewayErrors.ToCommandException(e, target.Url);
        }
    }

    private static string Describe(BenchReport report)
    {
        var lines = new List<string>
        {
            $"{report.Protocol}, {(report.Rate is { } rate ? $"{rate:0.##} images/s arriving" : $"{report.Concurrency} at once")}, "
                + $"{report.ImagesPerRequest} per request, image of {ByteSize.Format(report.ImageBytes)}, "
                + $"{(report.Model.Length > 0 ? $"{PlainText.Of(report.Model)}, " : "")}{report.Features} features",
            $"{report.ImagesPerSecond:0.0} images/s ({report.Images} in {report.Seconds:0.0} s)",
        };
        if (report.LatencyMs is { } latency)
        {
            lines.Add($"latency p50 {latency.P50:0.0} ms, p90 {latency.P90:0.0} ms, p99 {latency.P99:0.0} ms, max {latency.Max:0.0} ms");
        }

        lines.AddRange(report.Errors.Select(error => $"error {error.Key}: {error.Value} images"));
        return string.Join(Environment.NewLine, lines);
    }
}
