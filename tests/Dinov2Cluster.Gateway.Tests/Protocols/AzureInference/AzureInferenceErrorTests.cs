using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.AzureInference;
using Dinov2Cluster.Gateway.Tests.Support;

namespace Dinov2Cluster.Gateway.Tests.Protocols.AzureInference;

public sealed class AzureInferenceErrorTests : IAsyncLifetime
{
    private const string Route = "/images/embeddings";
    private const string Unknown = "The request has a parameter that is not known. Send the header 'extra-parameters: drop' to have such ones ignored.";

    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync(
        new() { ["Gateway:MaxBodyBytes"] = "65536", ["Gateway:MaxImagesPerRequest"] = "3" }, map: FailingRoutes.UseGuard);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public void Every_kind_of_error_has_a_code() =>
        Assert.All(Enum.GetValues<EmbeddingErrorKind>(), kind => Assert.NotEmpty(AzureInferenceErrors.For(kind)));

    [Theory]
    [InlineData(nameof(EmbeddingErrorKind.BadRequest), 400, "bad_request")]
    [InlineData(nameof(EmbeddingErrorKind.UnsupportedMediaType), 415, "unsupported_media_type")]
    [InlineData(nameof(EmbeddingErrorKind.BodyTooLarge), 413, "request_too_large")]
    [InlineData(nameof(EmbeddingErrorKind.TooManyImages), 400, "too_many_images")]
    [InlineData(nameof(EmbeddingErrorKind.BadImage), 400, "invalid_image")]
    [InlineData(nameof(EmbeddingErrorKind.UnknownModel), 404, "unknown_model")]
    [InlineData(nameof(EmbeddingErrorKind.UnsupportedOutput), 422, "parameter_not_supported")]
    [InlineData(nameof(EmbeddingErrorKind.Unauthenticated), 401, "unauthorized")]
    [InlineData(nameof(EmbeddingErrorKind.Forbidden), 403, "forbidden")]
    [InlineData(nameof(EmbeddingErrorKind.RateLimited), 429, "too_many_requests")]
    [InlineData(nameof(EmbeddingErrorKind.QuotaExceeded), 429, "quota_exceeded")]
    [InlineData(nameof(EmbeddingErrorKind.Overloaded), 429, "overloaded")]
    [InlineData(nameof(EmbeddingErrorKind.NoDevice), 503, "service_unavailable")]
    [InlineData(nameof(EmbeddingErrorKind.DeadlineExceeded), 504, "timeout")]
    [InlineData(nameof(EmbeddingErrorKind.Internal), 500, "internal_error")]
    public async Task Every_kind_has_the_form_of_azure(string kind, int status, string code)
    {
        _host.ExpectsErrors = kind == "Internal";
        FailingRoutes.Fail(_host.Router, kind);

        using var behind = await _host.PostAsync($"/models{Route}", EmbeddingListJson.Images("", TestImage.Base64(1)));
        using var before = await _host.PostAsync(Route, "{}", (FailingRoutes.GuardHeader, kind));

        foreach (var response in (HttpResponseMessage[])[behind, before])
        {
            Assert.Equal(status == 429 ? "7" : null, response.Headers.RetryAfter?.ToString());
            _ = await ErrorAsync(response, status, code);
        }
    }

    [Theory]
    [InlineData("", null, "POST body is empty. Expecting a JSON dictionary.")]
    [InlineData("{}", "input", "A value is not provided for the 'input' parameter.")]
    [InlineData("""{"input":[{"text":null}]}""", "input", "Row 0: has no 'image'.")]
    [InlineData("""{"input":[{"image":"x"}],"safe_prompt":true}""", null, Unknown)]
    [InlineData("""{"input":[{"image":"x"}],"output":"all"}""", "output", "'output' should be 'cls', 'cls_mean' or 'patch_tokens'.")]
    public async Task A_body_that_is_no_request_is_refused_with_its_message(string body, string? target, string message)
    {
        using var response = await _host.PostAsync(Route, body);

        await CheckAsync(response, 400, "bad_request", target, message);
        Assert.Empty(_host.Router.Calls);
    }

    [Theory]
    [InlineData("""{"input":[{"image":"x","text":"a cat"}]}""", "input")]
    [InlineData("""{"input":[{"image":"x"}],"encoding_format":"ubinary"}""", "encoding_format")]
    [InlineData("""{"input":[{"image":"x"}],"dimensions":1024}""", "dimensions")]
    [InlineData("""{"input":[{"image":"x"}],"model":"wide","output":"patch_tokens"}""", "output")]
    public async Task What_the_model_does_not_support_is_unprocessable(string body, string target)
    {
        using var response = await _host.PostAsync(Route, body);

        await CheckAsync(response, 422, "parameter_not_supported", target, null);
    }

    [Fact]
    public async Task Headers_are_checked()
    {
        using var extra = await _host.PostAsync(Route, EmbeddingListJson.Images("", "x"), ("extra-parameters", "maybe"));
        using var deployment = await _host.PostAsync(Route, "no JSON", ("azureml-model-deployment", "none"));

        await CheckAsync(extra, 400, "bad_request", null, "extra-parameters should be pass-through, drop or error.");
        await CheckAsync(deployment, 404, "unknown_model", "model", "The model that the request names is not served. Models: [tiny, wide].");
    }

    [Fact]
    public async Task Too_much_and_the_wrong_type_are_refused()
    {
        using var images = await _host.PostAsync(Route, EmbeddingListJson.Images("", "x", "x", "x", "x"));
        using var large = await _host.PostAsync(Route, new byte[65537]);
        using var content = new StringContent("x", new System.Net.Http.Headers.MediaTypeHeaderValue("text/plain"));
        using var text = await _host.Client.PostAsync(Route, content, Cancellation);

        await CheckAsync(images, 400, "too_many_images", "input", null);
        await CheckAsync(large, 413, "request_too_large", null, null);
        await CheckAsync(text, 415, "unsupported_media_type", null, null);
    }

    [Theory]
    [InlineData("GET", "/images/embeddings", 405, "method_not_allowed")]
    [InlineData("POST", "/info", 405, "method_not_allowed")]
    [InlineData("POST", "/images/generations", 404, "not_found")]
    [InlineData("POST", "/models/chat/completions", 404, "not_found")]
    public async Task Routing_answers_in_the_same_form(string method, string path, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await _host.Client.SendAsync(request, Cancellation);

        await CheckAsync(response, status, code, null, null);
    }

    [Fact]
    public async Task Info_without_a_model_is_not_available()
    {
        _host.Router.Served.Clear();

        using var response = await _host.Client.GetAsync("/info", Cancellation);

        await CheckAsync(response, 503, "service_unavailable", null, "No device serves the model now.");
    }

    private static async Task CheckAsync(HttpResponseMessage response, int status, string code, string? target, string? message)
    {
        var error = await ErrorAsync(response, status, code);
        Assert.Equal(target, error.TryGetProperty("target", out var field) ? field.GetString() : null);
        Assert.Equal(message ?? error.GetProperty("message").GetString(), error.GetProperty("message").GetString());
    }

    private static async Task<JsonElement> ErrorAsync(HttpResponseMessage response, int status, string code)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True((int)response.StatusCode == status, $"{response.StatusCode}: {body}");
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        Assert.Equal(code, response.Headers.GetValues("x-ms-error-code").Single());
        var error = Assert.Single(JsonDocument.Parse(body).RootElement.EnumerateObject());
        Assert.Equal("error", error.Name);
        Assert.Equal(code, error.Value.GetProperty("code").GetString());
        Assert.NotEmpty(error.Value.GetProperty("message").GetString()!);
        return error.Value;
    }
}
