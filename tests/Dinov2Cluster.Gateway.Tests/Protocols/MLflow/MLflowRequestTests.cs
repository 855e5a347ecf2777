using System.Net;
using System.Text.Json;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Protocols.MLflow;

public sealed class MLflowRequestTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    // {0} and {1} are images.
    [Theory]
    [InlineData("""{"dataframe_split":{"columns":["id","image"],"index":[5,6],"data":[[1,"{0}"],[2,"{1}"]]}}""")]
    [InlineData("""{"dataframe_split":{"data":[["{0}"],["{1}"]],"columns":["image"]}}""")]
    [InlineData("""{"dataframe_records":[{"image":"{0}"},{"id":[7],"image":"{1}"}]}""")]
    [InlineData("""{"instances":["{0}","{1}"]}""")]
    [InlineData("""{"instances":[{"image":"{0}"},"{1}"]}""")]
    [InlineData("""{"inputs":["{0}","{1}"]}""")]
    [InlineData("""{"inputs":[{"image":"{0}"},{"image":"{1}"}]}""")]
    [InlineData("""{"inputs":{"id":[1,2],"image":["{0}","{1}"]}}""")]
    [InlineData("""{"signature_name":"x","params":null,"inputs":{"image":["{0}","{1}"]},"inputs":["{0}","{1}"]}""")]
    public async Task Images_may_come_in_any_published_form(string body)
    {
        using var response = await _host.PostAsync(
            "/invocations",
            body.Replace("{0}", TestImage.Base64(1), StringComparison.Ordinal).Replace("{1}", TestImage.Base64(2), StringComparison.Ordinal));

        Assert.Equal([Expected("tiny", 1), Expected("tiny", 2)], (await PredictionsAsync(response)).Select(Features));
    }

    [Theory]
    [InlineData("""{"dataframe_split":{"columns":["image"],"data":[]}}""")]
    [InlineData("""{"dataframe_records":[]}""")]
    [InlineData("""{"instances":[]}""")]
    [InlineData("""{"inputs":{"image":[]}}""")]
    public async Task A_table_may_be_empty(string body)
    {
        using var response = await _host.PostAsync("/invocations", body);

        Assert.Empty(await PredictionsAsync(response));
    }

    [Fact]
    public async Task Params_are_the_options_and_a_header_names_the_model()
    {
        using var response = await _host.PostAsync(
            "/invocations",
            $$"""{"params":{"normalize":true,"output":"patch_tokens","on_error":"null","temperature":0},"instances":["{{TestImage.Base64(1)}}","?"]}""",
            ("azureml-model-deployment", "wide"));

        var predictions = await PredictionsAsync(response);
        var expected = FeatureNorm.Normalize(Expected("wide", 1, Output.PatchTokens), 10).ToArray();
        Assert.Equal(expected.Chunk(10), predictions[0].GetProperty("image_features").EnumerateArray().Select(Floats));
        Assert.Equal(JsonValueKind.Null, predictions[1].GetProperty("image_features").ValueKind);
        Assert.Equal("bad_image", predictions[1].GetProperty("error").GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("/ping")]
    [InlineData("/health")]
    public async Task A_server_with_a_model_is_healthy(string path)
    {
        using var response = await _host.Client.GetAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("\n", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task The_version_is_the_server_s()
    {
        using var response = await _host.Client.GetAsync("/version", Cancellation);

        var version = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal($"dinov2cluster/{version}", response.Headers.GetValues("x-ms-server-version").Single());
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
    }

    private static async Task<JsonElement[]> PredictionsAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        var predictions = Assert.Single(JsonDocument.Parse(body).RootElement.EnumerateObject());
        Assert.Equal("predictions", predictions.Name);
        return [.. predictions.Value.EnumerateArray()];
    }

    private static float[] Features(JsonElement prediction) => Floats(prediction.GetProperty("image_features"));

    private static float[] Floats(JsonElement list) => [.. list.EnumerateArray().Select(value => value.GetSingle())];

    private float[] Expected(string model, int seed, Output output = Output.Cls) =>
        TestImage.Features(_host.Router.Served[model], TestImage.Bmp(seed), output);
}
