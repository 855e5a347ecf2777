using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.MLflow;
using Dinov2Cluster.Gateway.Tests.Support;

namespace Dinov2Cluster.Gateway.Tests.Protocols.MLflow;

public sealed class MLflowErrorTests : IAsyncLifetime
{
    private const string One =
        "The input must be a JSON dictionary with exactly one of the input fields 'dataframe_split', 'dataframe_records', 'instances' and 'inputs'.";

    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync(
        new() { ["Gateway:MaxBodyBytes"] = "65536", ["Gateway:MaxImagesPerRequest"] = "3" }, map: FailingRoutes.UseGuard);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public void Every_kind_of_error_has_a_code() =>
        Assert.All(Enum.GetValues<EmbeddingErrorKind>(), kind => Assert.NotEmpty(MLflowErrors.For(kind)));

    [Theory]
    [InlineData(nameof(EmbeddingErrorKind.BadRequest), 400, "BAD_REQUEST")]
    [InlineData(nameof(EmbeddingErrorKind.UnsupportedMediaType), 415, "BAD_REQUEST")]
    [InlineData(nameof(EmbeddingErrorKind.BodyTooLarge), 413, "BAD_REQUEST")]
    [InlineData(nameof(EmbeddingErrorKind.TooManyImages), 400, "INVALID_PARAMETER_VALUE")]
    [InlineData(nameof(EmbeddingErrorKind.BadImage), 400, "INVALID_PARAMETER_VALUE")]
    [InlineData(nameof(EmbeddingErrorKind.UnknownModel), 404, "RESOURCE_DOES_NOT_EXIST")]
    [InlineData(nameof(EmbeddingErrorKind.UnsupportedOutput), 400, "INVALID_PARAMETER_VALUE")]
    [InlineData(nameof(EmbeddingErrorKind.Unauthenticated), 401, "UNAUTHENTICATED")]
    [InlineData(nameof(EmbeddingErrorKind.Forbidden), 403, "PERMISSION_DENIED")]
    [InlineData(nameof(EmbeddingErrorKind.RateLimited), 429, "REQUEST_LIMIT_EXCEEDED")]
    [InlineData(nameof(EmbeddingErrorKind.QuotaExceeded), 429, "RESOURCE_EXHAUSTED")]
    [InlineData(nameof(EmbeddingErrorKind.Overloaded), 429, "RESOURCE_EXHAUSTED")]
    [InlineData(nameof(EmbeddingErrorKind.NoDevice), 503, "TEMPORARILY_UNAVAILABLE")]
    [InlineData(nameof(EmbeddingErrorKind.DeadlineExceeded), 504, "DEADLINE_EXCEEDED")]
    [InlineData(nameof(EmbeddingErrorKind.Internal), 500, "INTERNAL_ERROR")]
    public async Task Every_kind_has_the_form_of_mlflow(string kind, int status, string code)
    {
        _host.ExpectsErrors = kind == "Internal";
        FailingRoutes.Fail(_host.Router, kind);

        using var behind = await _host.PostAsync("/invocations", $$"""{"instances":["{{TestImage.Base64(1)}}"]}""");
        using var before = await _host.PostAsync("/invocations", "{}", (FailingRoutes.GuardHeader, kind));

        foreach (var response in (HttpResponseMessage[])[behind, before])
        {
            Assert.Equal(status == 429 ? "7" : null, response.Headers.RetryAfter?.ToString());
            await CheckAsync(response, status, code, null);
        }
    }

    [Theory]
    [InlineData("", "POST body is empty. Expecting a JSON dictionary.")]
    [InlineData("[]", "POST body should be a JSON dictionary.")]
    [InlineData("{} x", "POST body could not be decoded as JSON: line 1 column 4")]
    [InlineData("{}", One)]
    [InlineData("""{"params":{}}""", One)]
    [InlineData("""{"columns":["image"],"data":[["x"]]}""", One)]
    [InlineData("""{"instances":["x"],"inputs":["x"]}""", One)]
    [InlineData("""{"instances":["x"],"params":[]}""", "The 'params' parameter should be a dictionary.")]
    [InlineData("""{"instances":null}""", "'instances' should be a list.")]
    [InlineData("""{"instances":{"image":["x"]}}""", "'instances' should be a list.")]
    [InlineData("""{"instances":["x",5]}""", "Row 1: should be a string, or a dictionary with an 'image'.")]
    [InlineData("""{"inputs":"x"}""", "'inputs' should be a list, or a dictionary with a list named 'image'.")]
    [InlineData("""{"inputs":{"picture":["x"]}}""", "'inputs' should have a list named 'image'.")]
    [InlineData("""{"inputs":{"image":"x"}}""", "'inputs' should have a list named 'image'.")]
    [InlineData("""{"inputs":{"image":["x",["y"]]}}""", "Row 1: 'image' should be a string.")]
    [InlineData("""{"dataframe_records":{"image":["x"]}}""", "'dataframe_records' should be a list of records.")]
    [InlineData("""{"dataframe_records":["x"]}""", "Row 0: should be a dictionary with an 'image'.")]
    [InlineData("""{"dataframe_records":[{"picture":"x"}]}""", "Row 0: has no 'image'.")]
    [InlineData("""{"dataframe_split":[["x"]]}""", "'dataframe_split' should be a dictionary with 'columns' and 'data'.")]
    [InlineData("""{"dataframe_split":{"columns":["image"]}}""", "'dataframe_split' should have a list named 'data'.")]
    [InlineData("""{"dataframe_split":{"columns":["picture"],"data":[["x"]]}}""", "'columns' in 'dataframe_split' should name 'image'.")]
    [InlineData("""{"dataframe_split":{"columns":["image"],"index":[1,2],"data":[["x"]]}}""", "'index' in 'dataframe_split' should have as many items as 'data'.")]
    public async Task A_body_that_is_no_invocation_is_refused_with_its_message(string body, string message)
    {
        using var response = await _host.PostAsync("/invocations", body);

        await CheckAsync(response, 400, "BAD_REQUEST", message);
        Assert.Empty(_host.Router.Calls);
    }

    [Fact]
    public async Task Values_that_cannot_be_served_are_refused()
    {
        using var image = await _host.PostAsync("/invocations", """{"instances":["aGVsbG8gd29ybGQ="]}""");
        using var output = await _host.PostAsync("/invocations", """{"instances":["x"],"params":{"output":"cls_mean"}}""");
        using var many = await _host.PostAsync("/invocations", """{"inputs":{"image":["x","x","x","x"]}}""");
        using var model = await _host.PostAsync("/invocations", "no JSON", ("azureml-model-deployment", "none"));
        using var large = await _host.PostAsync("/invocations", new byte[65537]);

        await CheckAsync(image, 400, "INVALID_PARAMETER_VALUE", null);
        await CheckAsync(output, 400, "INVALID_PARAMETER_VALUE", null);
        await CheckAsync(many, 400, "INVALID_PARAMETER_VALUE", "The request holds more than 3 images; at most 3 are allowed (Gateway:MaxImagesPerRequest).");
        await CheckAsync(model, 404, "RESOURCE_DOES_NOT_EXIST", "The model that the request names is not served. Models: [tiny, wide].");
        await CheckAsync(large, 413, "BAD_REQUEST", null);
    }

    [Fact]
    public async Task Csv_is_not_read()
    {
        using var content = new StringContent("image\nx\n", new System.Net.Http.Headers.MediaTypeHeaderValue("text/csv"));
        using var response = await _host.Client.PostAsync("/invocations", content, Cancellation);

        await CheckAsync(response, 415, "BAD_REQUEST", "Expects Content-Type to be application/json");
    }

    [Theory]
    [InlineData("GET", "/invocations")]
    [InlineData("POST", "/ping")]
    [InlineData("DELETE", "/health")]
    [InlineData("POST", "/version")]
    public async Task Routing_answers_in_the_same_form(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await _host.Client.SendAsync(request, Cancellation);

        await CheckAsync(response, 405, "BAD_REQUEST", "Method not allowed");
    }

    [Theory]
    [InlineData("/ping")]
    [InlineData("/health")]
    public async Task A_server_without_a_model_is_not_healthy(string path)
    {
        _host.Router.Served.Clear();

        using var response = await _host.Client.GetAsync(path, Cancellation);

        await CheckAsync(response, 503, "TEMPORARILY_UNAVAILABLE", "No device serves the model now.");
    }

    private static async Task CheckAsync(HttpResponseMessage response, int status, string code, string? message)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True((int)response.StatusCode == status, $"{response.StatusCode}: {body}");
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        var error = JsonDocument.Parse(body).RootElement;
        Assert.Equal(["error_code", "message"], error.EnumerateObject().Select(property => property.Name));
        Assert.Equal(code, error.GetProperty("error_code").GetString());
        Assert.Equal(message ?? error.GetProperty("message").GetString(), error.GetProperty("message").GetString());
    }
}
