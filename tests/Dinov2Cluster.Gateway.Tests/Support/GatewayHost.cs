using System.Net;
using System.Text;
using System.Text.Json;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging.Fetch;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>
/// The gateway's HTTP side on a real Kestrel at a free loopback port, in front of <see cref="FakeRouter"/>. An error in its log that the test did not expect
/// fails the test.
/// </summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayHost(WebApplication app, FakeRouter router, FakeLogCollector logs)
    {
        (_app, Router, Logs) = (app, router, logs);
        (Address, GrpcAddress) = (new Uri(app.Urls.First()), new Uri(app.Urls.Last()));
        Client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = Address };
    }

    public FakeRouter Router { get; }

    public FakeLogCollector Logs { get; }

    /// <summary>Set where the host is to log errors.</summary>
    public bool ExpectsErrors { get; set; }

    public Uri Address { get; }

    /// <summary>HTTP/2 without TLS.</summary>
    public Uri GrpcAddress { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<GatewayHost> StartAsync(
        Dictionary<string, string?>? settings = null,
        TimeProvider? time = null,
        ICropReader? crops = null,
        IImageFetcher? fetcher = null,
        Action<WebApplication>? map = null,
        Action<IServiceCollection>? services = null)
    {
        var router = new FakeRouter();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            if (settings?.GetValueOrDefault("Gateway:ManagementUrl") is { } management && GatewayAddresses.Port(management) is > 0 and var port)
            {
                kestrel.Listen(IPAddress.Loopback, port);
            }

            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.Logging.ClearProviders().AddFakeLogging();
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<IEmbeddingRouter>(router);
        builder.Services.AddOptions<DefaultModelOptions>().Bind(builder.Configuration.GetSection(DefaultModelOptions.Section));
        builder.Services.AddGatewayHttp(builder.Configuration);
        if (crops is not null)
        {
            builder.Services.AddSingleton(crops);
        }

        if (fetcher is not null)
        {
            builder.Services.AddSingleton(fetcher);
        }

        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseGatewayHttp();
        app.MapGatewayProtocols();
        app.MapHealth();
        map?.Invoke(app);
        await app.StartAsync(Cancellation);
        return new GatewayHost(app, router, app.Services.GetFakeLogCollector());
    }

    /// <summary>Stops the host as SIGTERM does.</summary>
    public Task StopAsync() => _app.StopAsync(Cancellation);

    /// <summary>Sends a body as <c>application/json</c>.</summary>
    public Task<HttpResponseMessage> ScoreAsync(string json, params (string Name, string Value)[] headers) =>
        ScoreAsync(Encoding.UTF8.GetBytes(json), headers);

    public Task<HttpResponseMessage> ScoreAsync(byte[] body, params (string Name, string Value)[] headers) => PostAsync("/score", body, headers);

    /// <summary>Sends a body as <c>application/json</c> to any route.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string json, params (string Name, string Value)[] headers) =>
        PostAsync(path, Encoding.UTF8.GetBytes(json), headers);

    public async Task<HttpResponseMessage> PostAsync(string path, byte[] body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return await Client.SendAsync(request, Cancellation);
    }

    /// <summary>Scores images and checks that every row belongs to its image.</summary>
    public async Task CheckRowsAsync(HttpResponseMessage response, string model, params byte[][] images)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        var rows = JsonDocument.Parse(body).RootElement.EnumerateArray()
            .Select(row => row.GetProperty("image_features").EnumerateArray().Select(value => value.GetSingle()).ToArray());
        Assert.Equal(images.Select(image => TestImage.Features(Router.Served[model], image)), rows);
    }

    /// <summary>Checks an error's status and message; nothing else may be in the body.</summary>
    public static async Task CheckErrorAsync(HttpResponseMessage response, HttpStatusCode status, string message)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == status, $"{response.StatusCode}: {body}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        var property = Assert.Single(JsonDocument.Parse(body).RootElement.EnumerateObject());
        Assert.Equal("message", property.Name);
        Assert.Equal(message, property.Value.GetString());
    }

    /// <summary>A good request still gets a good answer.</summary>
    public async Task CheckServesAsync()
    {
        using var response = await ScoreAsync(ScoreJson.Split(TestImage.Base64(1)));
        await CheckRowsAsync(response, "tiny", TestImage.Bmp(1));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        if (!ExpectsErrors)
        {
            Assert.Empty(Logs.GetSnapshot().Where(record => record.Level >= LogLevel.Error).Select(record => $"{record.Category}: {record.Message} {record.Exception}"));
        }
    }
}
