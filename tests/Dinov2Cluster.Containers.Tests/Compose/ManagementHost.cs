using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Containers.Tests.Compose;

/// <summary>A gateway, spoken to at its address for operators.</summary>
internal sealed class ManagementHost(Uri address) : ITestHost, IDisposable
{
    public HttpClient Http { get; } = new() { BaseAddress = address };

    public void Dispose() => Http.Dispose();
}
