using System.Globalization;
using Dinov2Cluster.Containers.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Containers.Tests.Compose;

/// <summary>The Compose file's cluster, under a name and on ports of its own. Its volumes are gone after the test.</summary>
internal sealed class ComposeProject : ITestHost, IAsyncDisposable
{
    private readonly Dictionary<string, string> _environment;

    public ComposeProject()
    {
        var ports = FreePort.Take(5).Select(port => port.ToString(CultureInfo.InvariantCulture)).ToArray();
        _environment = new Dictionary<string, string>
        {
            ["COMPOSE_PROJECT_NAME"] = $"dinov2-test-{Environment.ProcessId}",
            ["DINOV2_VERSION"] = "test",
            ["REDIS_IMAGE"] = TestImages.Redis,
            ["DINOV2_PORT"] = ports[0],
            ["DINOV2_GRPC_PORT"] = ports[1],
            ["DINOV2_MANAGEMENT_PORT"] = ports[2],
            ["PROMETHEUS_PORT"] = ports[3],
            ["GRAFANA_PORT"] = ports[4],
        };
        Http = new HttpClient { BaseAddress = new Uri("http://127.0.0.1:" + ports[0]), Timeout = TimeSpan.FromMinutes(2) };
        Management = new Uri("http://127.0.0.1:" + ports[2]);
    }

    /// <summary>The gateway's address for everybody.</summary>
    public HttpClient Http { get; }

    /// <summary>The gateway's address for operators.</summary>
    public Uri Management { get; }

    /// <summary>Runs a command of Compose.</summary>
    public Task<string> RunAsync(CancellationToken cancellationToken, params string[] arguments) =>
        ComposeCommand.RunAsync(_environment, cancellationToken, arguments);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await RunAsync(CancellationToken.None, "down", "--volumes", "--timeout", "5");
    }
}
