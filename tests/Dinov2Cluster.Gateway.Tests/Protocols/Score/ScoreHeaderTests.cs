using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Score;

public sealed class ScoreHeaderTests : IAsyncLifetime
{
    private static readonly string _body = ScoreJson.Split(TestImage.Base64(1));

    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_good_reply_says_that_the_run_did_not_fail_and_where_the_time_went()
    {
        using var response = await _host.ScoreAsync(_body);

        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("False", Header(response, "x-ms-run-function-failed"));
        Assert.Matches(@"^\d+\.\d{3}$", Header(response, "x-ms-run-fn-exec-ms"));
        Assert.Matches(@"^dinov2cluster/\d+\.\d+\.\d+$", Header(response, "x-ms-server-version"));
        Assert.Matches(@"^\d+\.\d{3}$", Header(response, "x-dinov2-preprocess-ms"));
        Assert.Equal("1.500", Header(response, "x-dinov2-queue-ms"));
        Assert.Equal("250.000", Header(response, "x-dinov2-inference-ms"));
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Without_ids_one_is_made()
    {
        using var response = await _host.ScoreAsync(_body);

        var id = Header(response, "x-request-id");
        Assert.True(Guid.TryParseExact(id, "D", out _));
        Assert.Equal(id, Header(response, "x-ms-request-id"));
        Assert.False(response.Headers.Contains("x-ms-client-request-id"));
    }

    [Theory]
    [InlineData("x-request-id", "r", "r", "r", null)]
    [InlineData("x-ms-request-id", "a", null, "a", "a")]
    [InlineData("x-ms-client-request-id", "c", null, "c", "c")]
    [InlineData("x-request-id", "with space ~!", "with space ~!", "with space ~!", null)]
    public async Task Ids_come_back(string name, string value, string? requestId, string legacyId, string? clientId)
    {
        using var response = await _host.ScoreAsync(_body, (name, value));

        if (requestId is not null)
        {
            Assert.Equal(requestId, Header(response, "x-request-id"));
        }

        Assert.Equal(legacyId, Header(response, "x-ms-request-id"));
        Assert.Equal(clientId, response.Headers.TryGetValues("x-ms-client-request-id", out var ids) ? ids.Single() : null);
    }

    [Fact]
    public async Task Both_client_ids_come_back_as_they_are()
    {
        using var response = await _host.ScoreAsync(_body, ("x-ms-request-id", "a"), ("x-ms-client-request-id", "b"));

        Assert.Equal("a", Header(response, "x-ms-request-id"));
        Assert.Equal("b", Header(response, "x-ms-client-request-id"));
    }

    [Theory]
    [InlineData("x-request-id", "x-request-id must not exceed 100 characters")]
    [InlineData("x-ms-request-id", "x-ms-request-id and x-ms-client-request-id must not exceed 100 characters")]
    [InlineData("x-ms-client-request-id", "x-ms-request-id and x-ms-client-request-id must not exceed 100 characters")]
    public async Task An_id_of_101_characters_is_refused_and_one_of_100_is_not(string name, string message)
    {
        using var longest = await _host.ScoreAsync(_body, (name, new string('i', 100)));
        using var tooLong = await _host.ScoreAsync(_body, (name, new string('i', 101)));

        Assert.Equal(HttpStatusCode.OK, longest.StatusCode);
        await GatewayHost.CheckErrorAsync(tooLong, HttpStatusCode.RequestHeaderFieldsTooLarge, message);
        Assert.False(tooLong.Headers.Contains("x-ms-request-id"));
        Assert.Equal(name != "x-request-id", tooLong.Headers.Contains("x-request-id"));
    }

    [Fact]
    public async Task An_id_that_is_not_printable_ascii_is_replaced()
    {
        var request = $"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-request-id: caf\u00e9\r\nx-ms-client-request-id: a\tb\r\n\r\n";
        using var socket = new TcpClient();
        await socket.ConnectAsync(_host.Address.Host, _host.Address.Port, Cancellation);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request), Cancellation);
        using var reader = new StreamReader(stream);
        var reply = await reader.ReadToEndAsync(Cancellation);

        Assert.StartsWith("HTTP/1.1 200 OK", reply, StringComparison.Ordinal);
        Assert.Matches(@"x-request-id: [0-9a-f]{8}-[0-9a-f-]{27}\r\n", reply);
        Assert.DoesNotContain("x-ms-client-request-id", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_deployment_header_picks_a_model_and_names_the_one_that_served()
    {
        using var byDefault = await _host.ScoreAsync(_body);
        using var chosen = await _host.ScoreAsync(_body, ("azureml-model-deployment", "wide"));

        Assert.Equal("tiny", Header(byDefault, "azureml-model-deployment"));
        Assert.Equal("wide", Header(chosen, "azureml-model-deployment"));
        await _host.CheckRowsAsync(chosen, "wide", TestImage.Bmp(1));
    }

    [Fact]
    public async Task An_unknown_deployment_gets_the_list_of_models()
    {
        using var response = await _host.ScoreAsync(_body, ("azureml-model-deployment", "huge"));

        await GatewayHost.CheckErrorAsync(
            response, HttpStatusCode.NotFound, "The model that 'azureml-model-deployment' names is not served. Models: [tiny, wide].");
    }

    [Fact]
    public async Task Without_any_device_the_service_is_unavailable()
    {
        _host.Router.Served.Clear();

        using var response = await _host.ScoreAsync(_body);

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.ServiceUnavailable, "No device serves the model now.");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("1.5")]
    [InlineData("soon")]
    [InlineData("")]
    [InlineData("99999999999999999999")]
    public async Task A_deadline_that_is_no_positive_number_is_refused(string value)
    {
        using var response = await _host.ScoreAsync(_body, ("x-dinov2-deadline-ms", value));

        await GatewayHost.CheckErrorAsync(
            response, HttpStatusCode.BadRequest, "x-dinov2-deadline-ms should be a whole number of milliseconds, at least 1.");
    }

    [Theory]
    [InlineData(null, nameof(Priority.Interactive))]
    [InlineData("interactive", nameof(Priority.Interactive))]
    [InlineData("bulk", nameof(Priority.Bulk))]
    public async Task The_devices_are_told_whether_others_go_first(string? value, string priority)
    {
        using var response = value is null ? await _host.ScoreAsync(_body) : await _host.ScoreAsync(_body, ("x-dinov2-priority", value));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(priority, Assert.Single(_host.Router.Priorities).ToString());
    }

    [Fact]
    public async Task A_priority_that_is_none_is_refused()
    {
        using var response = await _host.ScoreAsync(_body, ("x-dinov2-priority", "urgent"));

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.BadRequest, "x-dinov2-priority should be interactive or bulk.");
    }

    [Fact]
    public async Task A_longer_deadline_than_the_gateways_is_cut_and_not_an_error()
    {
        using var response = await _host.ScoreAsync(
            _body, ("x-dinov2-deadline-ms", long.MaxValue.ToString(CultureInfo.InvariantCulture)));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}
