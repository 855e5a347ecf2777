using System.Text.Json;
using Azure;
using Azure.AI.Inference;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Tests.Support;

namespace Dinov2Cluster.Gateway.Tests.Protocols.AzureInference;

/// <summary>Azure AI's own client against the gateway.</summary>
public sealed class AzureInferenceConformanceTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("models")]
    public async Task Images_are_embedded_at_both_addresses(string root)
    {
        var data = $"data:image/bmp;base64,{TestImage.Base64(2)}";

        var result = (await Client(root).EmbedAsync(
            new ImageEmbeddingsOptions([new(TestImage.Base64(1)), new(data)]) { Model = "wide", InputType = EmbeddingInputType.Document },
            Cancellation)).Value;

        Assert.Equal("wide", result.Model);
        Assert.NotEmpty(result.Id);
        Assert.Equal(0, result.Usage.TotalTokens);
        Assert.Equal([0, 1], result.Data.Select(item => item.Index));
        Assert.Equal([Expected("wide", 1), Expected("wide", 2)], result.Data.Select(item => item.Embedding.ToObjectFromJson<float[]>()));
    }

    [Fact]
    public async Task The_client_s_other_encoding_is_served()
    {
        var result = (await Client().EmbedAsync(
            new ImageEmbeddingsOptions([new(TestImage.Base64(1))]) { EncodingFormat = EmbeddingEncodingFormat.Base64 }, Cancellation)).Value;

        var bytes = JsonDocument.Parse(Assert.Single(result.Data).Embedding).RootElement.GetBytesFromBase64();
        Assert.Equal(Expected("tiny", 1), System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray());
    }

    [Fact]
    public async Task Additional_properties_are_the_options()
    {
        var options = new ImageEmbeddingsOptions([new(TestImage.Base64(1))]);
        options.AdditionalProperties["normalize"] = BinaryData.FromString("true");

        var result = (await Client().EmbedAsync(options, Cancellation)).Value;

        var expected = FeatureNorm.Normalize(Expected("tiny", 1), 6).ToArray();
        Assert.Equal(expected, Assert.Single(result.Data).Embedding.ToObjectFromJson<float[]>());
    }

    [Fact]
    public async Task The_model_tells_what_it_is()
    {
        var info = (await Client("models").GetModelInfoAsync(Cancellation)).Value;

        Assert.Equal("tiny", info.ModelName);
        Assert.Equal(ModelType.ImageEmbeddings, info.ModelType);
        Assert.Equal("dinov2cluster", info.ModelProviderName);
    }

    [Theory]
    [InlineData("none", null, 404, "unknown_model")]
    [InlineData("tiny", 3, 422, "parameter_not_supported")]
    [InlineData("tiny", null, 400, "invalid_image")]
    public async Task Errors_come_with_status_and_code(string model, int? dimensions, int status, string code)
    {
        var options = new ImageEmbeddingsOptions([new("aGVsbG8gd29ybGQ=")]) { Model = model, Dimensions = dimensions };

        var error = await Assert.ThrowsAsync<RequestFailedException>(() => Client().EmbedAsync(options, Cancellation));

        Assert.Equal(status, error.Status);
        Assert.Equal(code, error.ErrorCode);
    }

    private ImageEmbeddingsClient Client(string root = "") => new(
        new Uri(_host.Address, root), new AzureKeyCredential("none"), new AzureAIInferenceClientOptions { Retry = { MaxRetries = 0 } });

    private float[] Expected(string model, int seed) => TestImage.Features(_host.Router.Served[model], TestImage.Bmp(seed));
}
