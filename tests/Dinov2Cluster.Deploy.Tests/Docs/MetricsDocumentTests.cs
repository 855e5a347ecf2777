using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Silo.Hosting;
using Dinov2Cluster.TestSupport;
using Dinov2Cluster.TestSupport.Markdown;
using Microsoft.AspNetCore.Builder;

namespace Dinov2Cluster.Deploy.Tests.Docs;

/// <summary>docs/metrics.md has every instrument of a gateway and a silo, and what it says of them is what they expose.</summary>
public sealed partial class MetricsDocumentTests : IAsyncLifetime
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    private static readonly MarkdownFile _document = new("docs/metrics.md");

    private static readonly Dictionary<string, string[]> _rows = new[] { "Gateway", "Silo" }.SelectMany(_document.Rows).ToDictionary(row => row[0]);

    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentDictionary<Instrument, string[]> _labels = [];
    private readonly MeterListener _listener = new();
    private readonly HttpClient _http = new();
    private RedisServer _redis = null!;
    private WebApplication _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // Some instruments are there with it alone.
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        _redis = await RedisServer.StartAsync(Cancellation);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Dinov2Cluster.", StringComparison.Ordinal))
            {
                _labels.TryAdd(instrument, []);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Note(instrument, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        _listener.Start();

        GoldenData.CopyCheckpoint("dinov2-nano", _directory["models"], "nano");
        var ports = FreePort.Take(3);
        _http.BaseAddress = new Uri(FormattableString.Invariant($"http://127.0.0.1:{ports[0]}"));
        var builder = WebApplication.CreateBuilder(
        [
            "--urls", _http.BaseAddress.ToString(), "--Gateway:GrpcUrl", "", "--Models:Repository", _directory["models"],
            FormattableString.Invariant($"--Cluster:SiloPort={ports[1]}"), FormattableString.Invariant($"--Cluster:GatewayPort={ports[2]}"),
            "--Cluster:Provider", "Redis", "--Cluster:Redis", _redis.Configuration, "--Cache:MaxBytes", "1000000", "--Auth:Keys:0:Name", "team-a",
            "--Auth:Keys:0:Sha256", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(Key))),
            "--Auth:Keys:0:ImageQuota", "256",
        ]);
        builder.Configuration.AddDinov2GatewayDefaults();
        builder.AddDinov2Silo();
        builder.AddDinov2Gateway();
        builder.AddDinov2Telemetry("dinov2-test");
        _host = builder.Build().MapDinov2Gateway();
        await _host.StartAsync(Cancellation);
        await Until.TrueAsync(async () => (await _http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation)).IsSuccessStatusCode, Cancellation);
        await CauseMeasurementsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // Not there when the tests are skipped.
        if (_host is not null)
        {
            await _host.StopAsync(CancellationToken.None);
            await _host.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        _listener.Dispose();
        _http.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Its_tables_have_every_metric_with_its_labels_and_type()
    {
        _listener.RecordObservableInstruments();
        var exposed = await _http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);

        Assert.Equal(_labels.Keys.Select(PrometheusName).Order(StringComparer.Ordinal), _rows.Keys.Order(StringComparer.Ordinal));
        var seen = _labels.Where(instrument => instrument.Value.Length > 0).ToArray();
        Assert.True(seen.Length > 10, "Too few metrics have labels: the requests of this test did not work.");
        Assert.All(seen, instrument => Assert.Equal(string.Join(", ", instrument.Value), _rows[PrometheusName(instrument.Key)][2]));
        // Only what has a value is exposed.
        var types = Types().Matches(exposed).Where(type => type.Groups[1].Value.StartsWith("dinov2_", StringComparison.Ordinal)).ToArray();
        Assert.True(types.Length > 15, exposed);
        Assert.All(types, type => Assert.Equal(type.Groups[2].Value, _rows[type.Groups[1].Value][1]));
    }

    [Fact]
    public async Task Every_other_metric_that_it_names_is_exposed()
    {
        var exposed = await _http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        var text = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, _document.Path), Cancellation);

        var named = Others().Matches(text).Select(name => name.Groups[1].Value).Distinct().ToArray();

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Matches($"(?m)^{name}(_bucket)?[{{ ]", exposed));
    }

    [GeneratedRegex(@"^# TYPE (\S+) (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Types();

    [GeneratedRegex("`((?:http|kestrel|dotnet|process|orleans|aspnetcore)_[a-z_]+)`")]
    private static partial Regex Others();

    // https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
    private static string PrometheusName(Instrument instrument)
    {
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            { } rate when rate.EndsWith("/s", StringComparison.Ordinal) => "_per_second",
            _ => "",
        };
        var type = instrument.GetType().GetGenericTypeDefinition();
        var total = type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? "_total" : "";
        return instrument.Name.Replace('.', '_') + unit + total;
    }

    private void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string[] names = [.. tags.ToArray().Select(tag => tag.Key)];
        _labels.AddOrUpdate(instrument, names, (_, before) => [.. before.Union(names)]);
    }

    private async Task CauseMeasurementsAsync()
    {
        var image = Convert.ToBase64String(await File.ReadAllBytesAsync(GoldenData.Image("coffee-420.jpg"), Cancellation));
        Assert.Equal(200, await ScoreAsync(Key, "fail", image));
        Assert.Equal(400, await ScoreAsync(Key, "fail", "AAAA"));
        Assert.Equal(200, await ScoreAsync(Key, "null", image, "AAAA"));
        Assert.Equal(401, await ScoreAsync("wrong" + Key, "fail", image));
        // Over the quota, which the requests before took a part of.
        Assert.Equal(429, await ScoreAsync(Key, "fail", [.. Enumerable.Repeat(image, 256)]));
    }

    private async Task<int> ScoreAsync(string key, string onError, params string[] images)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/score")
        {
            Content = JsonContent.Create(new { input_data = images.Select(image => new { image }), @params = new { on_error = onError } }),
        };
        request.Headers.Add("x-api-key", key);
        using var response = await _http.SendAsync(request, Cancellation);
        return (int)response.StatusCode;
    }
}
