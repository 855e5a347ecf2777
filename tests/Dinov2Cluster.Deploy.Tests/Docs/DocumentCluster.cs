using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.Docs;

/// <summary>A gateway and a silo for the commands of <c>docs/</c>.</summary>
public sealed class DocumentCluster : IAsyncLifetime
{
    private readonly ClusterProcesses _cluster = new();

    /// <summary>Text of the documents, and what a test has instead.</summary>
    // A benchmark's numbers prove nothing here: a second is enough to see that it runs.
    internal Dictionary<string, string> Replacements { get; } = new() { ["--duration 5s"] = "--duration 1s", ["--duration 2s"] = "--duration 1s" };

    public async ValueTask InitializeAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var management = new Uri(FormattableString.Invariant($"http://127.0.0.1:{FreePort.Take(1)[0]}"));
        _cluster.WithModel("dinov2-nano");
        var silo = _cluster.StartSilo();
        var gateway = _cluster.StartGateway("--Gateway:ManagementUrl", management.ToString());
        await silo.WaitUntilReadyAsync(cancellation);
        await gateway.WaitUntilReadyAsync(cancellation);
        Replacements["127.0.0.1:8080"] = gateway.Http.BaseAddress!.Authority;
        Replacements["127.0.0.1:8081"] = gateway.GrpcAddress!.Authority;
        Replacements["127.0.0.1:8082"] = management.Authority;
        Replacements["127.0.0.1:9090"] = silo.Http.BaseAddress!.Authority;
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
