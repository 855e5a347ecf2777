using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Dinov2Cluster.Gateway.Tests.Support;
using OpenAI;
using OpenAI.Embeddings;
using OpenAI.Models;

namespace Dinov2Cluster.Gateway.Tests.Protocols.OpenAi;

/// <summary>OpenAI's own client against the gateway.</summary>
public sealed class OpenAiConformanceTests : IAsyncLifetime
{
    private GatewayHost _host = null!;
    private OpenAIClientOptions _options = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ApiKeyCredential Key => new("none");

    public async ValueTask InitializeAsync()
    {
        _host = await GatewayHost.StartAsync();
        _options = new() { Endpoint = new Uri(_host.Address, "/v1"), RetryPolicy = new ClientRetryPolicy(0) };
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task One_image_is_embedded_as_the_client_asks_by_default()
    {
        var client = new EmbeddingClient("tiny", Key, _options);

        var embedding = (await client.GenerateEmbeddingAsync(TestImage.Base64(1), cancellationToken: Cancellation)).Value;

        Assert.Equal(0, embedding.Index);
        Assert.Equal(Expected("tiny", 1), embedding.ToFloats().ToArray());
    }

    [Fact]
    public async Task A_batch_keeps_its_order()
    {
        var client = new EmbeddingClient("wide", Key, _options);
        var data = $"data:image/bmp;base64,{TestImage.Base64(12)}";

        var embeddings = (await client.GenerateEmbeddingsAsync(
            [.. Enumerable.Range(0, 12).Select(seed => TestImage.Base64(seed)), data],
            new EmbeddingGenerationOptions { EndUserId = "somebody" },
            Cancellation)).Value;

        Assert.Equal("wide", embeddings.Model);
        Assert.Equal(0, embeddings.Usage.InputTokenCount);
        Assert.Equal(0, embeddings.Usage.TotalTokenCount);
        Assert.Equal(Enumerable.Range(0, 13), embeddings.Select(embedding => embedding.Index));
        Assert.Equal(Enumerable.Range(0, 13).Select(seed => Expected("wide", seed)), embeddings.Select(embedding => embedding.ToFloats().ToArray()));
    }

    [Fact]
    public async Task Numbers_are_what_the_client_reads_from_base64_too()
    {
        var client = new EmbeddingClient("tiny", Key, _options);
        using var body = BinaryContent.Create(BinaryData.FromObjectAsJson(new { model = "tiny", input = TestImage.Base64(3), encoding_format = "float" }));

        var reply = (await client.GenerateEmbeddingsAsync(body, new RequestOptions { CancellationToken = Cancellation })).GetRawResponse();

        using var json = JsonDocument.Parse(reply.Content);
        Assert.Equal(JsonValueKind.Array, json.RootElement.GetProperty("data")[0].GetProperty("embedding").ValueKind);
        // The client reads numbers as well, whatever it asks for.
        var collection = ModelReaderWriter.Read<OpenAIEmbeddingCollection>(reply.Content)!;
        Assert.Equal(Expected("tiny", 3), Assert.Single(collection).ToFloats().ToArray());
    }

    [Theory]
    [InlineData("none", 404, "model_not_found")]
    [InlineData("tiny", 400, "invalid_image")]
    public async Task Errors_come_with_status_and_code(string model, int status, string code)
    {
        var client = new EmbeddingClient(model, Key, _options);

        var error = await Assert.ThrowsAsync<ClientResultException>(
            () => client.GenerateEmbeddingAsync("aGVsbG8gd29ybGQ=", cancellationToken: Cancellation));

        Assert.Equal(status, error.Status);
        Assert.Contains(code, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dimensions_are_refused()
    {
        var client = new EmbeddingClient("tiny", Key, _options);

        var error = await Assert.ThrowsAsync<ClientResultException>(
            () => client.GenerateEmbeddingAsync(TestImage.Base64(1), new EmbeddingGenerationOptions { Dimensions = 3 }, Cancellation));

        Assert.Equal(400, error.Status);
        Assert.Contains("'dimensions' is not supported", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_served_models_are_listed()
    {
        var client = new OpenAIModelClient(Key, _options);

        var models = (await client.GetModelsAsync(Cancellation)).Value;
        var wide = (await client.GetModelAsync("wide", Cancellation)).Value;
        var missing = await Assert.ThrowsAsync<ClientResultException>(() => client.GetModelAsync("none", Cancellation));

        Assert.Equal(["tiny", "wide"], models.Select(model => model.Id));
        Assert.All(models, model => Assert.Equal("dinov2cluster", model.OwnedBy));
        Assert.Equal("wide", wide.Id);
        Assert.Equal(404, missing.Status);
    }

    private float[] Expected(string model, int seed) => TestImage.Features(_host.Router.Served[model], TestImage.Bmp(seed));
}
