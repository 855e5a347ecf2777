using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.Client.TestServer;

namespace Dinov2Cluster.Cli.Tests.Embed;

public sealed class EmbedCommandTests : GatewayTest
{
    [Theory]
    [InlineData("grpc", "features.npy")]
    [InlineData("grpc", "features.parquet")]
    [InlineData("grpc", "features.jsonl")]
    [InlineData("http", "features.npy")]
    public async Task Images_of_every_kind_of_argument_come_into_the_file(string protocol, string file)
    {
        MakeImages("one.jpg", "deep/a.png", "deep/er/b.JPEG", "deep/notes.txt", "more/c1.webp", "more/c2.webp", "more/d1.webp");

        var run = await RunAsync(
            "embed", Directory["one.jpg"], Directory["deep/"], Directory["more/c*"], "--out", Directory[file], "--protocol", protocol, "--url", Url(protocol));

        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"{Directory[file]}: 5 embedded, 0 there already, 0 failed, ", run.Output, StringComparison.Ordinal);
        Assert.EndsWith($" images/s (tiny, 4 features){Environment.NewLine}", run.Output, StringComparison.Ordinal);
        await AssertHoldsAsync(Directory[file], "one.jpg", "deep/a.png", "deep/er/b.JPEG", "more/c1.webp", "more/c2.webp");
    }

    [Fact]
    public async Task The_gateway_is_told_what_the_options_say()
    {
        MakeImages("one.jpg");
        Variables["DINOV2_API_KEY"] = "secret";
        Variables["DINOV2_URL"] = Url("grpc");

        var run = await RunAsync("embed", Directory["one.jpg"], "--out", Directory["f.npy"], "--model", "large", "--normalize", "--output", "cls_mean");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var request = Assert.Single(Gateway.Requests);
        Assert.Equal(
            ("stream", "Bearer secret", "large", true, "cls_mean", true),
            (request.Protocol, request.Authorization, request.Model, request.Normalize, request.Output, request.Bulk));
    }

    [Fact]
    public async Task A_list_names_paths_and_urls()
    {
        MakeImages("a.jpg", "b.jpg");
        string[] arguments = ["embed", "--from", "-", "--out", Directory["f.jsonl"], "--url", Url("grpc")];

        var run = await RunAsync(arguments, $"{Directory["a.jpg"]}\r\n\n  http://images/c.jpg \n{Directory["b.jpg"]}", Token);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(["a.jpg", "b.jpg", "http://images/c.jpg"], Gateway.Images.Select(image => image.Text).Order(StringComparer.Ordinal));
        Assert.Contains("\"path\":\"http://images/c.jpg\"", await File.ReadAllTextAsync(Directory["f.jsonl"], Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_run_skips_what_is_done()
    {
        MakeImages("a.jpg", "b.jpg");
        string[] arguments = ["embed", Directory.Path, Directory["a.jpg"], "--out", Directory["f.npy"], "--url", Url("grpc")];
        var first = await RunAsync(arguments);
        MakeImages("c.jpg");

        var second = await RunAsync(arguments);

        Assert.Contains(" 2 embedded, 1 there already, 0 failed", first.Output, StringComparison.Ordinal);
        Assert.Contains(" 1 embedded, 3 there already, 0 failed", second.Output, StringComparison.Ordinal);
        Assert.Equal("c.jpg", Gateway.Images.Last().Text);
        await AssertHoldsAsync(Directory["f.npy"], "a.jpg", "b.jpg", "c.jpg");
    }

    [Theory]
    [InlineData("f.npy")]
    [InlineData("f.parquet")]
    [InlineData("f.jsonl")]
    public async Task A_run_that_is_stopped_goes_on_with_the_rest(string file)
    {
        var names = Enumerable.Range(0, 200).Select(i => $"images/{i}.jpg").ToArray();
        MakeImages(names);
        string[] arguments = ["embed", Directory["images"], "--out", Directory[file], "--url", Url("grpc"), "--concurrency", "4"];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var answered = 0;
        Gateway.OnImage = (image, _) =>
        {
            if (Interlocked.Increment(ref answered) == 50)
            {
                stop.Cancel();
            }

            return Task.FromResult<FakeAnswer?>(FakeAnswer.For(image.Data));
        };

        var first = await RunAsync(arguments, null, stop.Token);

        first.AssertFailed("stopped");
        Assert.Contains("the same command continues from there", first.Error, StringComparison.Ordinal);
        var second = await RunAsync(arguments);
        Assert.Equal((0, ""), (second.ExitCode, second.Error));
        Assert.DoesNotContain(" 0 there already", second.Output, StringComparison.Ordinal);
        await AssertHoldsAsync(Directory[file], names);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http")]
    public async Task An_image_that_fails_does_not_stop_the_others(string protocol)
    {
        MakeImages("a.jpg", "b.jpg", "c.jpg");
        await File.WriteAllLinesAsync(Directory["list"], [Directory["a.jpg"], Directory["absent.jpg"], Directory["b.jpg"], Directory["c.jpg"]], Token);
        Gateway.OnImage = (image, _) => Task.FromResult<FakeAnswer?>(image.Text == "b.jpg" ? FakeAnswer.Bad() : FakeAnswer.For(image.Data));
        string[] arguments =
            ["embed", "--from", Directory["list"], "--out", Directory["f.npy"], "--errors", Directory["errors"], "--protocol", protocol, "--url", Url(protocol)];

        var run = await RunAsync(arguments);

        Assert.Equal(1, run.ExitCode);
        Assert.True(run.Output.Contains(" 2 embedded, 0 there already, 2 failed", StringComparison.Ordinal), run.Output + run.Error);
        Assert.Contains($"  {Directory["b.jpg"]}: The image is damaged.", run.Error, StringComparison.Ordinal);
        Assert.EndsWith($"dinov2: 2 of 4 images failed; the same command tries them again{Environment.NewLine}", run.Error, StringComparison.Ordinal);
        var errors = await File.ReadAllLinesAsync(Directory["errors"], Token);
        Assert.Equal([Directory["absent.jpg"], Directory["b.jpg"]], errors.Select(line => line.Split('\t')[0]).Order(StringComparer.Ordinal));
        await AssertHoldsAsync(Directory["f.npy"], "a.jpg", "c.jpg");
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http")]
    public async Task Only_the_first_failures_are_shown(string protocol)
    {
        MakeImages(Enumerable.Range(0, 25).Select(i => $"{i}.jpg"));
        Gateway.OnImage = (_, _) => Task.FromResult<FakeAnswer?>(FakeAnswer.Bad("Row 0: \u001b[31mred\n"));

        var run = await RunAsync("embed", Directory.Path, "--out", Directory["f.npy"], "--protocol", protocol, "--url", Url(protocol));

        Assert.Equal(1, run.ExitCode);
        var lines = run.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == 22, run.Error);
        Assert.EndsWith(".jpg: ?[31mred?", lines[0], StringComparison.Ordinal);
        Assert.Equal("  and 5 more; --errors FILE lists all", lines[20]);
    }

    [Fact]
    public async Task A_gateway_that_refuses_stops_the_run_and_keeps_what_is_done()
    {
        MakeImages("a.jpg");
        string[] arguments = ["embed", Directory.Path, "--out", Directory["f.npy"], "--url", Url("grpc")];
        await RunAsync(arguments);
        MakeImages("b.jpg");
        Gateway.OnRequest = _ => Task.FromResult<FakeFailure?>(new FakeFailure(401, 16));

        var run = await RunAsync(arguments);

        run.AssertFailed("needs a valid API key; set DINOV2_API_KEY or --api-key");
        Assert.Contains("keeps what is done (1 images)", run.Error, StringComparison.Ordinal);
        await AssertHoldsAsync(Directory["f.npy"], "a.jpg");
    }

    [Fact]
    public async Task A_gateway_that_answers_nothing_any_more_stops_the_run()
    {
        MakeImages("a.jpg", "b.jpg");
        Gateway.OnImage = async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return null;
        };

        var run = await RunAsync("embed", Directory.Path, "--out", Directory["f.npy"], "--url", Url("grpc"), "--patience", "200ms");

        run.AssertFailed("No image was answered within");
        Assert.Contains("the same command continues from there", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_comes_back_is_waited_for()
    {
        MakeImages("a.jpg", "b.jpg");
        var requests = 0;
        Gateway.OnRequest = _ => Task.FromResult(Interlocked.Increment(ref requests) == 1 ? FakeFailure.Unavailable : null);

        var run = await RunAsync("embed", Directory["*.jpg"], "--out", Directory["f.npy"], "--url", Url("grpc"));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        await AssertHoldsAsync(Directory["f.npy"], "a.jpg", "b.jpg");
    }

    [Fact]
    public async Task What_can_not_work_is_said_before_a_file_is_made()
    {
        MakeImages("a.jpg");

        (await RunAsync("embed", "--out", Directory["f.npy"])).AssertFailed("Name images, or a list of them with --from; see: dinov2 embed --help");
        (await RunAsync("embed", Directory["absent.jpg"], "--out", Directory["f.npy"], "--url", Url("grpc"))).AssertFailed("absent.jpg: there is no such file or directory");
        (await RunAsync("embed", "--from", Directory["absent"], "--out", Directory["f.npy"], "--url", Url("grpc"))).AssertFailed("absent: there is no such file");
        (await RunAsync("embed", Directory["a.jpg"], "--out", Directory["f.npy"], "--url", Url("grpc"), "--concurrency", "0")).AssertFailed("Concurrency");
        (await RunAsync("embed", Directory["a.jpg"], "--out", Directory["f.npy"], "--url", Url("grpc"), "--patience", "soon")).AssertFailed("'soon' is not a duration");
        (await RunAsync("embed", Directory["a.jpg"], "--out", Directory["f.txt"], "--url", Url("grpc"))).AssertFailed(".npy, .parquet, .jsonl");

        Assert.Equal([Directory["a.jpg"]], System.IO.Directory.EnumerateFileSystemEntries(Directory.Path));
    }

    [Fact]
    public async Task No_image_at_all_is_an_error() =>
        (await RunAsync("embed", Directory["*.jpg"], "--out", Directory["f.npy"], "--url", Url("grpc"))).AssertFailed("no image found; name image files");
}
