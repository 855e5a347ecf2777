using System.Diagnostics;
using System.Text.Json;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.Observability;

/// <summary>A Prometheus of its own, with the delivered configuration and rules. Only targets and periods are others.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _http;
    private readonly Process _process;

    private PrometheusServer(LiveCluster cluster)
    {
        var silos = cluster.SiloTargets.ToArray();
        var config = File.ReadAllText(DeployFiles.PrometheusConfig);
        foreach (var (delivered, own) in (ReadOnlySpan<(string, string)>)
            [
                ("gateway:8082", cluster.GatewayTarget.Authority),
                ("silo-0:9090", silos[0].Authority),
                ("silo-1:9090", silos[1].Authority),
                ("rules/*.yml", Path.Combine(DeployFiles.Prometheus, "rules", "*.yml")),
                ("scrape_interval: 15s", "scrape_interval: 2s"),
                ("scrape_timeout: 10s", "scrape_timeout: 2s"),
                ("evaluation_interval: 15s", "evaluation_interval: 1s"),
            ])
        {
            Assert.Contains(delivered, config, StringComparison.Ordinal);
            config = config.Replace(delivered, own, StringComparison.Ordinal);
        }

        File.WriteAllText(_directory["prometheus.yml"], config);
        var port = FreePort.Take(1)[0];
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        _process = Process.Start(new ProcessStartInfo(
            Programs.Prometheus!,
            [
                "--config.file=" + _directory["prometheus.yml"],
                "--storage.tsdb.path=" + _directory["data"],
                $"--web.listen-address=127.0.0.1:{port}",
                "--log.level=error",
            ]))!;
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<PrometheusServer> StartAsync(LiveCluster cluster, CancellationToken cancellationToken)
    {
        var server = new PrometheusServer(cluster);
        try
        {
            await Until.TrueAsync(() => server.IsReadyAsync(cancellationToken), cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Evaluates an expression now.</summary>
    /// <returns>How many series the answer has.</returns>
    public async Task<int> CountAsync(string expression, CancellationToken cancellationToken) =>
        (await GetAsync("/api/v1/query?query=" + Uri.EscapeDataString(expression), cancellationToken)).GetProperty("result").GetArrayLength();

    /// <summary>Rules that failed, with their errors, and whether all were evaluated.</summary>
    public async Task<(string[] Errors, bool AllEvaluated)> ReadRulesAsync(CancellationToken cancellationToken)
    {
        var data = await GetAsync("/api/v1/rules", cancellationToken);
        var rules = data.GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray()).ToArray();
        return (
            [.. rules.Where(rule => rule.TryGetProperty("lastError", out _)).Select(rule => $"{rule.GetProperty("name")}: {rule.GetProperty("lastError")}")],
            rules.All(rule => rule.GetProperty("health").GetString() == "ok"));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _http.Dispose();
        _directory.Dispose();
    }

    private async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{Uri.UnescapeDataString(path)}: {body}");
        return JsonDocument.Parse(body).RootElement.GetProperty("data");
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        Assert.False(_process.HasExited, "prometheus ended.");
        try
        {
            using var response = await _http.GetAsync(new Uri("/-/ready", UriKind.Relative), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
