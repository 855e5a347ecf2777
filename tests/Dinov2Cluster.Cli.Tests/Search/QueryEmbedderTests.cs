using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.Cli.Vectors;
using Dinov2Cluster.Client.TestServer;

namespace Dinov2Cluster.Cli.Tests.Search;

public sealed class QueryEmbedderTests : GatewayTest
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
        (await RunAsync("search", "https://[", "--index", Index, "--url", Url("grpc"))).AssertFailed("https://[ is not a valid URL");
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

    [Fact]
    public async Task An_image_that_the_index_lacks_is_embedded()
    {
        await WriteIndexAsync(FakeGateway.Model, ("a", [1, 0]), ("b", [0, 1]));
        Gateway.OnImage = (_, _) => Task.FromResult<FakeAnswer?>(new FakeAnswer([0.1f, 3]));

        var run = await RunAsync("search", "https://example.com/new.jpg", "--index", Index, "--url", Url("grpc"));

        Assert.Equal([["Rank", "Score", "Path"], ["1", "0.9994", "b"], ["2", "0.0333", "a"]], Rows(run.Output));
        Assert.Equal("https://example.com/new.jpg", Assert.Single(Gateway.Images).Text);
    }

    [Fact]
    public async Task An_image_that_the_index_has_is_not_embedded()
    {
        await WriteIndexAsync(FakeGateway.Model, ("a", [1, 0]), ("b", [0, 1]));

        Assert.Equal(0, (await RunAsync("search", "a", "--index", Index, "--url", Url("grpc"))).ExitCode);

        Assert.Empty(Gateway.Images);
    }

    [Theory]
    [InlineData("m", 2, "holds features of the model 'm', and the image was embedded with 'tiny'; use one model for both")]
    [InlineData(FakeGateway.Model, 3, "holds vectors of 2 numbers, and the image's has 3; use one model for both")]
    public async Task A_query_of_another_model_is_refused(string model, int dimension, string expected)
    {
        await WriteIndexAsync(model, ("a", [1, 0]));
        Gateway.OnImage = (_, _) => Task.FromResult<FakeAnswer?>(new FakeAnswer([1, .. new float[dimension - 1]]));

        var run = await RunAsync("search", "https://example.com/new.jpg", "--index", Index, "--url", Url("grpc"));

        run.AssertFailed(expected);
        Assert.EndsWith(expected + Environment.NewLine, run.Error, StringComparison.Ordinal);
    }

    private static string[][] Rows(string output) =>
        [.. output.Split(Environment.NewLine).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(row => row.Length == 3)];

    private async Task WriteIndexAsync(string model, params (string Path, float[] Features)[] rows)
    {
        await using var writer = await VectorFile.OpenWriterAsync(Index, Token);
        foreach (var (path, features) in rows)
        {
            writer.Append(path, features, model);
        }

        await writer.CompleteAsync(Token);
    }
}
