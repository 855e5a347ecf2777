using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.Observability;

/// <summary>A gateway and two silos over Redis that have seen all that they count: hits, refusals, limits, failed fetches, a lost silo.</summary>
public sealed class LiveCluster : IAsyncLifetime
{
    private const string Key = "0123456789abcdef0123456789abcdef";
    private const string LimitedKey = "fedcba9876543210fedcba9876543210";
    private const int MaxImages = 8;

    private static readonly Uri _score = new("/score", UriKind.Relative);
    private static readonly Uri _clusterRoute = new("/cluster", UriKind.Relative);
    private static readonly Uri _metrics = new("/metrics", UriKind.Relative);
    private static readonly string[] _columns = ["image"];

    private readonly CancellationTokenSource _stop = new();

    // Tests have time limits of their own; what comes before them has this one.
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(3), TimeProvider.System);
    private int _color;
    private Task _load = Task.CompletedTask;
    private RedisServer? _redis;
    private ClusterProcesses? _cluster;
    private HttpClient? _management;
    private HostProcess _gateway = null!;
    private HostProcess[] _silos = [];

    /// <summary>Where the gateway is scraped.</summary>
    public Uri GatewayTarget => _management!.BaseAddress!;

    /// <summary>Where the silos are scraped. The second one is dead.</summary>
    public IEnumerable<Uri> SiloTargets => _silos.Select(silo => silo.Http.BaseAddress!);

    private CancellationToken Cancellation => _timeout.Token;

    /// <summary>What the gateway and the silo that lives expose.</summary>
    public async Task<string> ReadMetricsAsync(CancellationToken cancellationToken) =>
        await _management!.GetStringAsync(_metrics, cancellationToken) + await _silos[0].Http.GetStringAsync(_metrics, cancellationToken);

    public async ValueTask InitializeAsync()
    {
        if (RedisServer.IsInstalled)
        {
            await StartAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // Had it failed, the rates that the tests wait for were missing.
        await _load.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _management?.Dispose();
        try
        {
            await (_cluster?.DisposeAsync() ?? default);
        }
        finally
        {
            await (_redis?.DisposeAsync() ?? default);
            _stop.Dispose();
            _timeout.Dispose();
        }
    }

    private async Task StartAsync()
    {
        _redis = await RedisServer.StartAsync(Cancellation);
        _cluster = new ClusterProcesses(_redis).WithModel("m");
        _silos = [StartSilo("silo-0"), StartSilo("silo-1")];
        _management = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{FreePort.Take(1)[0]}") };
        _gateway = _cluster.StartGateway(
            "--Gateway:ManagementUrl", GatewayTarget.ToString(),
            "--Gateway:MaxImagesPerRequest", Text(MaxImages),
            "--Admission:MaxImages", Text(MaxImages),
            "--Admission:MaxQueueTime", "00:01:00",
            "--Cache:MaxBytes", "1000000",
            "--Auth:Keys:0:Name", "team", "--Auth:Keys:0:Sha256", Hash(Key),
            "--Auth:Keys:1:Name", "limited", "--Auth:Keys:1:Sha256", Hash(LimitedKey), "--Auth:Keys:1:RequestsPerSecond", "1");
        await Task.WhenAll(_silos.Append(_gateway).Select(host => host.WaitUntilReadyAsync(Cancellation)));
        await UntilExposedAsync("dinov2_gateway_silos{", "state=\"ready\"", 2);
        await SeeEverythingAsync();
        _load = Task.Run(() => LoadAsync(_stop.Token));
    }

    // One image at a time, slowly enough that a test can act in the middle of it.
    private HostProcess StartSilo(string name) => _cluster!.StartSilo(
        name, "--Devices:0:Kind", "Simulated", "--Devices:0:Simulated:BaseLatency", "00:00:00.3", "--Batching:MaxBatchSize", "1");

    private async Task SeeEverythingAsync()
    {
        var image = NextImage();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(Key, [image]));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(Key, [image]));
        await SendBadImagesAsync(Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(Key, ["http://127.0.0.1/cat.png"]));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync("nobody's", [image]));
        await RefuseAsync(LimitedKey, image);
        await RefuseAsync(Key);
        await LoseSiloUnderLoadAsync();
        await GiveUpAsync();
    }

    /// <summary>Several requests at once, until one of them is over a limit.</summary>
    private Task RefuseAsync(string key, params string[] images) => Until.TrueAsync(
        async () =>
        {
            var requests = Enumerable.Range(0, 4).Select(_ => SendAsync(key, images.Length > 0 ? images : NextImages()));
            return (await Task.WhenAll(requests)).Contains(HttpStatusCode.TooManyRequests);
        },
        Cancellation);

    /// <summary>A silo dies with images that it was sent: standing still, it can't have answered them before.</summary>
    private async Task LoseSiloUnderLoadAsync()
    {
        _silos[1].Freeze();
        var held = SendAsync(Key, NextImages());
        await Until.TrueAsync(async () => held.IsCompleted || await ImagesAtAsync("silo-1") > 0, Cancellation);
        await _silos[1].KillAsync();
        Assert.Equal(HttpStatusCode.OK, await held);
        await UntilExposedAsync("dinov2_gateway_retries_total{", "", 1);
    }

    /// <summary>Images that the gateway has at a silo.</summary>
    private async Task<int> ImagesAtAsync(string name)
    {
        using var cluster = JsonDocument.Parse(await _management!.GetStringAsync(_clusterRoute, Cancellation));
        return cluster.RootElement.GetProperty("silos").EnumerateArray()
            .Where(silo => silo.GetProperty("name").GetString() == name)
            .SelectMany(silo => silo.GetProperty("devices").EnumerateArray())
            .Sum(device => device.GetProperty("images_in_flight").GetInt32());
    }

    /// <summary>A client that leaves while its images wait.</summary>
    private async Task GiveUpAsync()
    {
        while (await _silos[0].SumAsync("dinov2_images_total", Cancellation, "outcome=\"cancelled\"") == 0)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            var request = SendAsync(Key, NextImages(), cancellationToken: patience.Token);
            await Until.TrueAsync(
                async () => request.IsCompleted || await _silos[0].SumAsync("dinov2_queue_depth", Cancellation) > 0, Cancellation);
            await patience.CancelAsync();
            await ((Task)request).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await UntilExposedAsync("dinov2_gateway_images_in_flight{", "", 0);
        }
    }

    // Rates need counters that go on.
    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await SendAsync(Key, [NextImage(), NextImage()], cancellationToken: cancellationToken);
                await SendBadImagesAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>An image that the cache has not seen, in base64.</summary>
    private string NextImage() => Convert.ToBase64String(TestBmp.OneColor(Interlocked.Increment(ref _color)));

    private string[] NextImages() => [.. Enumerable.Range(0, MaxImages).Select(_ => NextImage())];

    private async Task SendBadImagesAsync(CancellationToken cancellationToken)
    {
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(Key, ["aGVsbG8="], cancellationToken: cancellationToken));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(Key, ["aGVsbG8="], new { on_error = "null" }, cancellationToken));
    }

    private async Task<HttpStatusCode> SendAsync(string key, string[] images, object? parameters = null, CancellationToken? cancellationToken = null)
    {
        var input = new { columns = _columns, data = images.Select(image => new[] { image }) };
        using var request = new HttpRequestMessage(HttpMethod.Post, _score)
        {
            Content = JsonContent.Create(new { input_data = input, @params = parameters }),
        };
        request.Headers.Add("api-key", key);
        using var response = await _gateway.Http.SendAsync(request, cancellationToken ?? Cancellation);
        return response.StatusCode;
    }

    private Task UntilExposedAsync(string series, string label, double value) => Until.TrueAsync(
        async () => (await _management!.GetStringAsync(_metrics, Cancellation)).Split('\n').Any(line =>
            line.StartsWith(series, StringComparison.Ordinal)
            && line.Contains(label, StringComparison.Ordinal)
            && double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture) is var seen
            && (value == 0 ? seen == 0 : seen >= value)),
        Cancellation);

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
