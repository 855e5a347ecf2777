using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.Client.TestServer;

namespace Dinov2Cluster.Cli.Tests.Gateways;

public sealed class GatewayQueryEmbedderTests : GatewayTest
{
    private string Index => Directory["index.npy"];

    [Theory]
    [InlineData("grpc")]
    [InlineData("http")]
    public async Task An_image_that_the_index_has_not_is_embedded(string protocol)
    {
        MakeImages("images/aaa.jpg", "images/bbbbbbbbbbbb.jpg", "copy.jpg");
        await RunAsync("embed", Directory["images"], "--out", Index, "--url", Url("grpc"));
        File.Copy(Directory["images/aaa.jpg"], Directory["copy.jpg"], overwrite: true);

        var run = await RunAsync("search", Directory["copy.jpg"], "--index", Index, "--protocol", protocol, "--url", Url(protocol), "--output", "cls_mean", "--api-key", "k");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var request = Gateway.Requests.Last();
        Assert.Equal((false, "cls_mean", "Bearer k", false), (request.Bulk, request.Output, request.Authorization, request.Normalize));
        var best = run.Output.Split('\n').First(line => line.Contains(".jpg", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["1", "1.0000", Directory["images/aaa.jpg"]], best);
    }

    [Fact]
    public async Task A_url_is_fetched_by_the_gateway()
    {
        MakeImages("a.jpg");
        await RunAsync("embed", Directory["a.jpg"], "--out", Index, "--url", Url("grpc"));

        Assert.Equal(0, (await RunAsync("search", "https://images/a.jpg", "--index", Index, "--url", Url("grpc"))).ExitCode);

        Assert.Equal(new FakeImage("url", "https://images/a.jpg"u8.ToArray()).Text, Gateway.Images.Last().Text);
        (await RunAsync("search", "https://[", "--index", Index, "--url", Url("grpc"))).AssertFailed("https://[ is no URL");
    }

    [Fact]
    public async Task What_the_gateway_refuses_is_said()
    {
        MakeImages("a.jpg", "b.jpg");
        await RunAsync("embed", Directory["a.jpg"], "--out", Index, "--url", Url("grpc"));
        string[] search = ["search", Directory["b.jpg"], "--index", Index, "--url", Url("grpc")];

        Gateway.OnImage = (_, _) => Task.FromResult<FakeAnswer?>(FakeAnswer.Bad());
        (await RunAsync(search)).AssertFailed($"{Directory["b.jpg"]}: The image is damaged");
        Gateway.OnRequest = _ => Task.FromResult<FakeFailure?>(new FakeFailure(404, 5, "No model is named x."));
        (await RunAsync(search)).AssertFailed("No model is named x; dinov2 cluster status lists the models");
    }
}
