using System.Text.Json;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Hosting;

namespace Dinov2Cluster.Gateway.Tests.Protocols.OpenInference;

public sealed class OpenInferenceRouteTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_server_says_what_it_is() => Assert.Equal(
        $$"""{"name":"dinov2cluster","version":"{{HostVersion.Number}}","extensions":["binary_tensor_data"]}""", await GetAsync("/v2"));

    [Theory]
    [InlineData("/v2/models/tiny")]
    [InlineData("/v2/models/tiny/versions/1")]
    public async Task A_model_says_what_it_takes_and_gives(string path) => Assert.Equal(
        """
        {"name":"tiny","versions":["1"],"platform":"onnx_onnxv1","inputs":[{"name":"image","datatype":"BYTES","shape":[-1]},{"name":"pixel_values","datatype":"FP32","shape":[-1,3,14,14]}],"outputs":[{"name":"image_features","datatype":"FP32","shape":[-1,6]}]}
        """,
        await GetAsync(path));

    [Theory]
    [InlineData("/v2/health/live", """{"live":true}""")]
    [InlineData("/v2/health/ready", """{"live":true,"ready":true}""")]
    [InlineData("/v2/models/wide/ready", """{"name":"wide","ready":true}""")]
    [InlineData("/v2/models/wide/versions/1/ready", """{"name":"wide","ready":true}""")]
    public async Task What_is_ready_says_so(string path, string body)
    {
        Assert.Equal(body, await GetAsync(path));
        using var head = new HttpRequestMessage(HttpMethod.Head, path);
        using var response = await _host.Client.SendAsync(head, Cancellation);
        Assert.True(response.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Without_a_model_the_server_is_live_but_not_ready()
    {
        _host.Router.Served.Clear();

        using var live = await _host.Client.GetAsync("/v2/health/live", Cancellation);
        using var ready = await _host.Client.GetAsync("/v2/health/ready", Cancellation);

        Assert.True(live.IsSuccessStatusCode);
        await InferBody.CheckErrorAsync(ready, 503, "No device serves the model now.");
    }

    [Theory]
    [InlineData("GET", "/v2/models/huge", 404)]
    [InlineData("GET", "/v2/models/huge/ready", 404)]
    [InlineData("POST", "/v2/models/huge/infer", 404)]
    [InlineData("GET", "/v2/models/tiny/versions/2", 404)]
    [InlineData("GET", "/v2/models/tiny/versions/01/ready", 404)]
    [InlineData("POST", "/v2/models/tiny/versions/2/infer", 404)]
    [InlineData("GET", "/v2/models", 404)]
    [InlineData("GET", "/v2/nothing", 404)]
    [InlineData("GET", "/v2/models/tiny/infer", 405)]
    [InlineData("POST", "/v2/health/live", 405)]
    [InlineData("DELETE", "/v2/models/tiny", 405)]
    public async Task What_is_not_there_is_told_in_the_protocols_form(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await _host.Client.SendAsync(request, Cancellation);

        await InferBody.CheckErrorAsync(response, status);
    }

    [Fact]
    public async Task An_unknown_model_gets_the_list_of_models()
    {
        using var response = await _host.Client.GetAsync("/v2/models/huge", Cancellation);

        await InferBody.CheckErrorAsync(response, 404, "The model that the request names is not served. Models: [tiny, wide].");
    }

    private async Task<string> GetAsync(string path)
    {
        using var response = await _host.Client.GetAsync(path, Cancellation);
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        using var json = JsonDocument.Parse(body);
        return body;
    }
}
