using System.CommandLine;
using System.Text.Json;
using Dinov2Cluster.Cli.Bench;
using Dinov2Cluster.Cli.Gateways;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 bench [IMAGE]</c>.</summary>
internal sealed class BenchCommand(CommandContext context)
{
    private const int MaxImagesPerRequest = 256;
    private const int MaxConcurrency = 4096;

    private readonly GatewayCommandOptions _gateway = GatewayCommandOptions.ForEmbedding("grpc", BenchPlan.Stream, "http");
    private readonly Argument<string?> _image = new("IMAGE") { Description = "Image file to send repeatedly (default: a JPEG of 640 x 427).", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<int> _concurrency = new("--concurrency")
    {
        Description = "Requests in flight at once, or images in the stream.",
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
        Description = "Images per second that are sent at random times without waiting for answers, instead of --concurrency.",
        HelpName = "R",
    };

    private readonly Option<bool> _json = JsonOutput.Option();

    public Command Create() => new Command("bench", "Measures a gateway: images per second and latency.")
    {
        _image, _concurrency, _duration, _imagesPerRequest, _rate, _json, _gateway.Options,
    }.WithAction(RunAsync);

    private async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var plan = Plan(parsed);
        var image = parsed.GetValue(_image) is { } path ? await File.ReadAllBytesAsync(path, cancellationToken) : BenchPlan.SampleImage();
        var target = _gateway.Read(parsed, context);
        await using var client = await target.ConnectAsync(
            options =>
            {
                // Refusals must be counted, not retried.
                options.MaxRetries = 0;
                options.Concurrency = plan.Concurrency;
                options.ImagesPerRequest = plan.ImagesPerRequest;
            },
            cancellationToken);
        var first = await TryAsync(client, image, target, cancellationToken);
        var tally = new BenchTally();
        var elapsed = await new BenchLoad(client, plan, image, tally, context.Time).RunAsync(cancellationToken);
        var report = new BenchReport(
            plan.Protocol,
            first.Model,
            first.Features.Length,
            image.Length,
            plan.Rate is null ? plan.Concurrency : null,
            plan.Rate,
            plan.ImagesPerRequest,
            Math.Round(elapsed.TotalSeconds, 3),
            tally.Requests,
            tally.Images,
            Math.Round(tally.Images / Math.Max(elapsed.TotalSeconds, double.Epsilon), 2),
            BenchLatency.From(tally.Latency),
            tally.Errors());
        await context.Output.WriteLineAsync(parsed.GetValue(_json) ? JsonSerializer.Serialize(report, BenchReportJson.Default.BenchReport) : Describe(report));
        if (report.Images == 0)
        {
            throw new CommandException("no image was answered");
        }
    }

    private BenchPlan Plan(ParseResult parsed)
    {
        var plan = new BenchPlan(
            _gateway.Protocol(parsed), parsed.GetValue(_concurrency), parsed.GetValue(_imagesPerRequest), parsed.GetValue(_duration), parsed.GetValue(_rate));
        var problem = plan switch
        {
            { Concurrency: < 1 or > MaxConcurrency } => $"--concurrency must be 1 to {MaxConcurrency}",
            { ImagesPerRequest: < 1 or > MaxImagesPerRequest } => $"--images-per-request must be 1 to {MaxImagesPerRequest}",
            { Rate: not null and not (> 0 and <= 1e6) } => "--rate must be more than 0, and at most 1000000",
            { Protocol: BenchPlan.Stream } and ({ ImagesPerRequest: > 1 } or { Rate: not null }) =>
                $"--protocol {BenchPlan.Stream} is one stream of images, without --images-per-request and --rate; use --protocol grpc",
            _ => null,
        };
        return problem is null ? plan : throw new CommandException(problem);
    }

    /// <summary>Sends one image before the measurement: it opens the connection, and finds problems early.</summary>
    private static async Task<ImageEmbedding> TryAsync(Dinov2Client client, byte[] image, GatewayTarget target, CancellationToken cancellationToken)
    {
        try
        {
            return await client.EmbedAsync(image, cancellationToken: cancellationToken);
        }
        catch (Dinov2Exception exception)
        {
            throw GatewayErrors.ToCommandException(exception, target.Url);
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
