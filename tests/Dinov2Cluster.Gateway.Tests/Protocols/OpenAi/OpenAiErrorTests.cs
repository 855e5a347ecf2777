using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.OpenAi;
using Dinov2Cluster.Gateway.Tests.Support;

namespace Dinov2Cluster.Gateway.Tests.Protocols.OpenAi;

public sealed class OpenAiErrorTests : IAsyncLifetime
{
    private const string Flat = "'output' can't be 'patch_tokens' here, since an embedding is one flat list. POST /score gives them.";

    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync(
        new() { ["Gateway:MaxBodyBytes"] = "65536", ["Gateway:MaxImagesPerRequest"] = "3" }, map: FailingRoutes.UseGuard);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public void Every_kind_of_error_has_a_code() =>
        Assert.All(Enum.GetValues<EmbeddingErrorKind>(), kind => Assert.NotEmpty(OpenAiErrors.For(kind).Type));

    [Theory]
    [InlineData(nameof(EmbeddingErrorKind.BadRequest), 400, "invalid_request_error", null)]
    [InlineData(nameof(EmbeddingErrorKind.UnsupportedMediaType), 415, "invalid_request_error", "unsupported_content_type")]
    [InlineData(nameof(EmbeddingErrorKind.BodyTooLarge), 413, "invalid_request_error", "request_too_large")]
    [InlineData(nameof(EmbeddingErrorKind.TooManyImages), 400, "invalid_request_error", "too_many_images")]
    [InlineData(nameof(EmbeddingErrorKind.BadImage), 400, "invalid_request_error", "invalid_image")]
    [InlineData(nameof(EmbeddingErrorKind.UnknownModel), 404, "invalid_request_error", "model_not_found")]
    [InlineData(nameof(EmbeddingErrorKind.UnsupportedOutput), 400, "invalid_request_error", "unsupported_value")]
    [InlineData(nameof(EmbeddingErrorKind.Unauthenticated), 401, "invalid_request_error", "invalid_api_key")]
    [InlineData(nameof(EmbeddingErrorKind.Forbidden), 403, "invalid_request_error", "insufficient_permissions")]
    [InlineData(nameof(EmbeddingErrorKind.RateLimited), 429, "requests", "rate_limit_exceeded")]
    [InlineData(nameof(EmbeddingErrorKind.QuotaExceeded), 429, "insufficient_quota", "insufficient_quota")]
    [InlineData(nameof(EmbeddingErrorKind.Overloaded), 429, "server_error", "overloaded")]
    [InlineData(nameof(EmbeddingErrorKind.NoDevice), 503, "server_error", "service_unavailable")]
    [InlineData(nameof(EmbeddingErrorKind.DeadlineExceeded), 504, "server_error", "timeout")]
    [InlineData(nameof(EmbeddingErrorKind.Internal), 500, "server_error", null)]
    public async Task Every_kind_has_the_form_of_openai(string kind, int status, string type, string? code)
    {
        _host.ExpectsErrors = kind == "Internal";
        FailingRoutes.Fail(_host.Router, kind);

        using var behind = await _host.PostAsync("/v1/embeddings", EmbeddingListJson.Images("", TestImage.Base64(1)));
        using var before = await _host.PostAsync("/v1/embeddings", "{}", (FailingRoutes.GuardHeader, kind));

        foreach (var response in (HttpResponseMessage[])[behind, before])
        {
            Assert.Equal(status == 429 ? "7" : null, response.Headers.RetryAfter?.ToString());
            var error = await ErrorAsync(response, status);
            Assert.Equal((type, code), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        }
    }

    [Theory]
    [InlineData("", null, "POST body is empty. Expecting a JSON dictionary.")]
    [InlineData("[]", null, "POST body should be a JSON dictionary.")]
    [InlineData("{", null, "POST body could not be decoded as JSON: line 1 column 2")]
    [InlineData("""{"input":"x"} x""", null, "POST body could not be decoded as JSON: line 1 column 15")]
    [InlineData("{}", "input", "A value is not provided for the 'input' parameter.")]
    [InlineData("""{"input":null}""", "input", "A value is not provided for the 'input' parameter.")]
    [InlineData("""{"input":[]}""", "input", "'input' should hold at least one image.")]
    [InlineData("""{"input":7}""", "input", "Row 0: should be a string, or a dictionary with an 'image'.")]
    [InlineData("""{"input":[[1,2]]}""", "input", "Row 0: should be a string, or a dictionary with an 'image'.")]
    [InlineData("""{"input":["x",{"image":5}]}""", "input", "Row 1: 'image' should be a string.")]
    [InlineData("""{"input":[{"picture":"x"}]}""", "input", "Row 0: has no 'image'.")]
    [InlineData("""{"input":[{"image_url":{"uri":"x"}}]}""", "input", "Row 0: 'image_url' should be a string, or a dictionary with a 'url'.")]
    [InlineData("""{"input":[{"image_url":5}]}""", "input", "Row 0: 'image_url' should be a string, or a dictionary with a 'url'.")]
    [InlineData("""{"input":["x"],"model":["tiny"]}""", "model", "'model' should be a string.")]
    [InlineData("""{"input":["x"],"normalize":1}""", "normalize", "'normalize' should be true or false.")]
    [InlineData("""{"input":["x"],"on_error":"skip"}""", "on_error", "'on_error' should be 'fail' or 'null'.")]
    public async Task A_body_that_is_no_request_is_refused_with_its_message(string body, string? param, string message)
    {
        using var response = await _host.PostAsync("/v1/embeddings", body);

        await CheckAsync(response, 400, null, param, message);
        Assert.Empty(_host.Router.Calls);
    }

    [Theory]
    [InlineData("""{"input":[{"type":"text","text":"a cat"}]}""", "input", "Row 0: 'text' is not supported: the model embeds images only.")]
    [InlineData("""{"input":["x"],"encoding_format":"int8"}""", "encoding_format", "'encoding_format' should be 'float' or 'base64'.")]
    [InlineData("""{"input":["x"],"encoding_format":8}""", "encoding_format", "'encoding_format' should be 'float' or 'base64'.")]
    [InlineData("""{"input":["x"],"dimensions":6}""", "dimensions", "'dimensions' is not supported: the model's embeddings have one size, and lose their meaning when they are cut.")]
    [InlineData("""{"input":["x"],"model":"wide","output":"patch_tokens"}""", "output", Flat)]
    [InlineData("""{"input":["x"],"output":"cls_mean"}""", "output", null)]
    public async Task What_an_embedding_cannot_be_is_refused(string body, string param, string? message)
    {
        using var response = await _host.PostAsync("/v1/embeddings", body);

        await CheckAsync(response, 400, "unsupported_value", param, message);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("a-name-that-is-longer-than-any-directory-can-be-")]
    public async Task An_unknown_model_is_not_found(string name)
    {
        var model = string.Concat(Enumerable.Repeat(name, name.Length == 4 ? 1 : 400));

        using var response = await _host.PostAsync("/v1/embeddings", EmbeddingListJson.Images($",\"model\":\"{model}\"", TestImage.Base64(1)));

        await CheckAsync(response, 404, "model_not_found", "model", "The model that the request names is not served. Models: [tiny, wide].");
    }

    [Fact]
    public async Task Too_much_and_the_wrong_type_are_refused()
    {
        using var images = await _host.PostAsync("/v1/embeddings", """{"input":["x","x","x","x"]}""");
        using var large = await _host.PostAsync("/v1/embeddings", new byte[65537]);
        using var content = new StringContent("input=x", new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var form = await _host.Client.PostAsync("/v1/embeddings", content, Cancellation);

        await CheckAsync(images, 400, "too_many_images", "input", null);
        await CheckAsync(large, 413, "request_too_large", null, null);
        await CheckAsync(form, 415, "unsupported_content_type", null, "Expects Content-Type to be application/json");
    }

    [Theory]
    [InlineData("GET", "/v1/embeddings", 405)]
    [InlineData("DELETE", "/v1/models/tiny", 405)]
    [InlineData("POST", "/v1/chat/completions", 404)]
    [InlineData("GET", "/v1", 404)]
    public async Task Routing_answers_in_the_same_form(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await _host.Client.SendAsync(request, Cancellation);

        await CheckAsync(response, status, null, null, null);
    }

    private static async Task CheckAsync(HttpResponseMessage response, int status, string? code, string? param, string? message)
    {
        var error = await ErrorAsync(response, status);
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Equal(message ?? error.GetProperty("message").GetString(), error.GetProperty("message").GetString());
    }

    private static async Task<JsonElement> ErrorAsync(HttpResponseMessage response, int status)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True((int)response.StatusCode == status, $"{response.StatusCode}: {body}");
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        var error = Assert.Single(JsonDocument.Parse(body).RootElement.EnumerateObject());
        Assert.Equal("error", error.Name);
        Assert.Equal(["message", "type", "param", "code"], error.Value.EnumerateObject().Select(property => property.Name));
        Assert.NotEmpty(error.Value.GetProperty("message").GetString()!);
        return error.Value;
    }
}
