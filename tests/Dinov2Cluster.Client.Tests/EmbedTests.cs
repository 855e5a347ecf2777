using System.Text;
using Dinov2Cluster.Client.Tests.Support;
using Dinov2Cluster.Client.TestServer;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Client.Tests;

public sealed class EmbedTests : GatewayTest
{
    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Bytes_are_sent_as_they_are(Dinov2Protocol protocol)
    {
        var image = Enumerable.Range(0, 70_000).Select(value => (byte)(value * 7)).ToArray();

        var embedding = await Client(protocol).EmbedAsync(image, cancellationToken: Cancellation);

        CheckFeatures(image, embedding);
        Assert.Equal("encoded", Gateway.Images.Single().Kind);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_stream_is_read_from_its_position_and_left_open(Dinov2Protocol protocol)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("skipped image 1"));
        stream.Position = "skipped ".Length;

        CheckFeatures(Image(1), await Client(protocol).EmbedAsync(stream, cancellationToken: Cancellation));

        Assert.True(stream.CanRead);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_file_is_read(Dinov2Protocol protocol)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllBytesAsync(directory["cat.jpg"], Image(1), Cancellation);

        CheckFeatures(Image(1), await Client(protocol).EmbedFileAsync(directory["cat.jpg"], cancellationToken: Cancellation));
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_url_is_for_the_gateway_to_fetch(Dinov2Protocol protocol)
    {
        var url = new Uri("https://images.example/cat.jpg?size=1&crop=\u00e9");

        CheckFeatures(Encoding.UTF8.GetBytes(url.AbsoluteUri), await Client(protocol).EmbedAsync(url, cancellationToken: Cancellation));

        Assert.Equal(("url", url.AbsoluteUri), (Gateway.Images.Single().Kind, Gateway.Images.Single().Text));
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_stream_that_opens_late_is_opened_once_and_closed(Dinov2Protocol protocol)
    {
        var stream = new MemoryStream(Image(1));
        var opened = 0;
        var source = ImageSource.FromStream(
            _ =>
            {
                opened++;
                return ValueTask.FromResult<Stream>(stream);
            },
            "a cat");
        Gateway.OnRequest = _ => Task.FromResult(Gateway.Requests.Count == 1 ? FakeFailure.Unavailable : null);

        CheckFeatures(Image(1), await Client(protocol).EmbedAsync(source, cancellationToken: Cancellation));

        Assert.Equal((1, 2, false, "a cat"), (opened, Gateway.Requests.Count, stream.CanRead, source.Name));
    }

    [Fact]
    public async Task A_crop_is_sent_over_grpc()
    {
        var pixels = new byte[224 * 224 * 3];
        pixels[5] = 9;

        CheckFeatures(pixels, await Client(Dinov2Protocol.Grpc).EmbedAsync(ImageSource.FromCrop(pixels), cancellationToken: Cancellation));

        Assert.Equal("crop", Gateway.Images.Single().Kind);
    }

    [Fact]
    public async Task A_crop_cannot_be_sent_over_http()
    {
        var (client, crop) = (Client(Dinov2Protocol.Http), ImageSource.FromCrop(new byte[3]));

        var error = await Assert.ThrowsAsync<NotSupportedException>(() => client.EmbedAsync(crop, cancellationToken: Cancellation));

        Assert.Contains("Grpc", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotSupportedException>(() => client.EmbedBatchAsync([Source(0), crop], cancellationToken: Cancellation));
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task What_the_options_say_reaches_the_gateway(Dinov2Protocol protocol)
    {
        var options = new EmbedOptions
        {
            Model = "giant",
            Normalize = true,
            Output = EmbedOutput.ClsMean,
            Priority = EmbedPriority.Bulk,
            Deadline = TimeSpan.FromSeconds(40),
        };

        await Client(protocol, o => o.ApiKey = "secret").EmbedAsync(Image(0), options, Cancellation);

        var request = Gateway.Requests.Single();
        Assert.Equal(("giant", true, "cls_mean", true), (request.Model, request.Normalize, request.Output, request.Bulk));
        Assert.Equal("Bearer secret", request.Authorization);
        Assert.InRange(request.DeadlineMilliseconds!.Value, 1, 40_000);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Without_options_it_is_the_clients_model_and_plain_features(Dinov2Protocol protocol)
    {
        await Client(protocol, o => o.Model = "small").EmbedAsync(Image(0), cancellationToken: Cancellation);

        var request = Gateway.Requests.Single();
        Assert.Equal(("small", false, "cls", false), (request.Model, request.Normalize, request.Output, request.Bulk));
        Assert.Null(request.Authorization);
        Assert.DoesNotContain("params", request.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Patch_tokens_are_several_vectors(Dinov2Protocol protocol)
    {
        Gateway.OnImage = (_, _) => Task.FromResult<FakeAnswer?>(new FakeAnswer([1, 2, 3, 4, 5, 6.5f], Vectors: 3));

        var embedding = await Client(protocol).EmbedAsync(Image(0), new EmbedOptions { Output = EmbedOutput.PatchTokens }, Cancellation);

        Assert.Equal("patch_tokens", Gateway.Requests.Single().Output);
        Assert.Equal((3, 2), (embedding.Vectors, embedding.Dimensions));
        Assert.Equal([5, 6.5f], embedding.Vector(2).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => embedding.Vector(3));
    }

    [Theory]
    [InlineData("/score")]
    [InlineData("/dinov2/score")]
    public async Task An_address_that_is_a_scoring_url_is_taken_as_it_is(string path)
    {
        await Client(Dinov2Protocol.Http, o => o.Address = new Uri(o.Address!, path)).EmbedAsync(Image(0), cancellationToken: Cancellation);

        Assert.Equal(path, Gateway.Requests.Single().Path);
    }

    [Fact]
    public async Task A_path_of_an_address_goes_before_the_route()
    {
        await Client(Dinov2Protocol.Http, o => o.Address = new Uri(o.Address!, "/dinov2/")).EmbedAsync(Image(0), cancellationToken: Cancellation);

        Assert.Equal("/dinov2/score", Gateway.Requests.Single().Path);
    }

    [Fact]
    public void Only_web_addresses_are_urls_of_images() =>
        Assert.Throws<ArgumentException>(() => ImageSource.FromUri(new Uri("file:///etc/passwd")));
}
