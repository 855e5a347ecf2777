using System.Net;
using System.Text.Json;
using Dinov2Cluster.Gateway.Tests.Support;

namespace Dinov2Cluster.Gateway.Tests.Protocols.AzureInference;

public sealed class AzureInferenceRequestTests : IAsyncLifetime
{
    private const string Route = "/images/embeddings?api-version=2024-05-01-preview";

    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_reply_has_what_the_reference_says()
    {
        using var response = await _host.PostAsync(
            "/images/embeddings", EmbeddingListJson.Images("", TestImage.Base64(1)), ("x-request-id", "my \"id\""));

        var reply = await ReplyAsync(response);
        Assert.Equal(["id", "object", "data", "model", "usage"], reply.EnumerateObject().Select(property => property.Name));
        Assert.Equal("my \"id\"", reply.GetProperty("id").GetString());
        Assert.Equal("list", reply.GetProperty("object").GetString());
        Assert.Equal("tiny", reply.GetProperty("model").GetString());
        Assert.Equal([Expected("tiny", 1)], EmbeddingListJson.Embeddings(reply));
    }

    [Theory]
    [InlineData(null, "wide", "wide")]
    [InlineData("wide", null, "wide")]
    [InlineData("", "wide", "wide")]
    [InlineData("tiny", "wide", "tiny")]
    public async Task The_model_is_named_by_the_body_or_by_the_deployment(string? body, string? header, string served)
    {
        using var response = await _host.PostAsync(
            Route,
            EmbeddingListJson.Images($",\"model\":{JsonSerializer.Serialize(body)}", TestImage.Base64(1)),
            header is null ? [] : [("azureml-model-deployment", header)]);

        var reply = await ReplyAsync(response);
        Assert.Equal(served, reply.GetProperty("model").GetString());
        Assert.Equal([Expected(served, 1)], EmbeddingListJson.Embeddings(reply));
    }

    [Theory]
    [InlineData("pass-through")]
    [InlineData("drop")]
    [InlineData("allow")]
    [InlineData("ignore")]
    public async Task Unknown_parameters_are_passed_over_when_the_client_says_so(string header)
    {
        using var response = await _host.PostAsync(
            Route, EmbeddingListJson.Images(",\"safe_prompt\":{\"a\":[1]}", TestImage.Base64(1)), ("extra-parameters", header));

        Assert.Equal([Expected("tiny", 1)], EmbeddingListJson.Embeddings(await ReplyAsync(response)));
    }

    [Fact]
    public async Task A_row_that_failed_is_null_and_says_why()
    {
        using var response = await _host.PostAsync(
            Route, EmbeddingListJson.Images(""","on_error":"null","input_type":"document" """, "aGVsbG8gd29ybGQ=", TestImage.Base64(2)));

        var reply = await ReplyAsync(response);
        Assert.Equal([null, Expected("tiny", 2)], EmbeddingListJson.Embeddings(reply));
        Assert.Equal("bad_image", reply.GetProperty("data")[0].GetProperty("error").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Info_tells_of_the_deployment_that_the_header_names()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/info?api-version=2024-04-01-preview");
        request.Headers.Add("azureml-model-deployment", "wide");
        using var response = await _host.Client.SendAsync(request, Cancellation);

        Assert.Equal(
            """{"model_name":"wide","model_type":"image_embeddings","model_provider_name":"dinov2cluster"}""",
            (await ReplyAsync(response)).GetRawText());
    }

    private static async Task<JsonElement> ReplyAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        return JsonDocument.Parse(body).RootElement;
    }

    private float[] Expected(string model, int seed) => TestImage.Features(_host.Router.Served[model], TestImage.Bmp(seed));
}
