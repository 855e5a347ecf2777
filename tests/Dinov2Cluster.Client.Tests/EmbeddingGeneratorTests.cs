using Dinov2Cluster.Client.Tests.Support;
using Dinov2Cluster.Client.TestServer;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.AI;

namespace Dinov2Cluster.Client.Tests;

public sealed class EmbeddingGeneratorTests : GatewayTest
{
    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Images_become_embeddings_in_order(Dinov2Protocol protocol)
    {
        var time = new TestClock(new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero));
        var generator = Client(protocol, time: time);
        DataContent[] images =
        [
            new(Image(0), "image/jpeg"),
            new($"data:image/png;base64,{Convert.ToBase64String(Image(1))}"),
        ];

        var embeddings = await generator.GenerateAsync(images, cancellationToken: Cancellation);

        Assert.Equal([FakeAnswer.For(Image(0)).Features, FakeAnswer.For(Image(1)).Features], embeddings.Select(embedding => embedding.Vector.ToArray()));
        Assert.All(embeddings, embedding => Assert.Equal((FakeGateway.Model, time.GetUtcNow()), (embedding.ModelId, embedding.CreatedAt)));
        Assert.Equal(2, embeddings.Usage?.AdditionalCounts?["images"]);
    }

    [Fact]
    public async Task The_options_model_wins_and_the_rest_comes_from_ours()
    {
        var generator = Client(Dinov2Protocol.Grpc, o => o.Model = "small");
        var options = new EmbeddingGenerationOptions
        {
            ModelId = "giant",
            RawRepresentationFactory = _ => new EmbedOptions { Model = "base", Normalize = true, Output = EmbedOutput.ClsMean },
        };

        await generator.GenerateAsync([new DataContent(Image(0), "image/jpeg")], options, Cancellation);

        var request = Gateway.Requests.Single();
        Assert.Equal(("giant", true, "cls_mean"), (request.Model, request.Normalize, request.Output));
    }

    [Fact]
    public async Task What_an_embedding_cannot_be_is_refused_and_not_sent()
    {
        var generator = Client(Dinov2Protocol.Grpc);
        EmbeddingGenerationOptions[] wrong =
        [
            new() { Dimensions = 4 },
            new() { RawRepresentationFactory = _ => new EmbedOptions { Output = EmbedOutput.PatchTokens } },
        ];
        foreach (var options in wrong)
        {
            await Assert.ThrowsAsync<NotSupportedException>(() => generator.GenerateAsync([new DataContent(Image(0), "image/jpeg")], options, Cancellation));
        }

        Assert.Empty(Gateway.Requests);
    }

    [Fact]
    public async Task An_image_that_is_refused_fails_the_call_and_is_named()
    {
        Gateway.OnImage = (image, _) => Task.FromResult<FakeAnswer?>(image.Text == "image 1" ? FakeAnswer.Bad() : FakeAnswer.For(image.Data));

        var error = await Assert.ThrowsAsync<Dinov2Exception>(() => Client(Dinov2Protocol.Grpc).GenerateAsync(
            [new DataContent(Image(0), "image/jpeg"), new DataContent(Image(1), "image/jpeg")], cancellationToken: Cancellation));

        Assert.Equal((Dinov2ErrorKind.InvalidImage, "Image 1: The image is damaged."), (error.Kind, error.Message));
    }

    [Fact]
    public void Services_are_the_client_and_its_metadata()
    {
        var client = Client(Dinov2Protocol.Http, o => o.Model = "giant");

        var metadata = Assert.IsType<EmbeddingGeneratorMetadata>(client.GetService(typeof(EmbeddingGeneratorMetadata)));
        Assert.Equal(("dinov2", Gateway.ScoreAddress, "giant"), (metadata.ProviderName, metadata.ProviderUri, metadata.DefaultModelId));
        Assert.Null(metadata.DefaultModelDimensions);
        Assert.Same(client, client.GetService<Dinov2Client>());
        Assert.Same(client, client.GetService(typeof(IEmbeddingGenerator<DataContent, Embedding<float>>)));
        Assert.Null(client.GetService(typeof(Dinov2Client), "key"));
        Assert.Null(client.GetService(typeof(string)));
    }
}
