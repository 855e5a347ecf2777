namespace Dinov2Cluster.TestSupport;

/// <summary>One of the product's hosts, running somewhere else than in the test: as a process or in a container.</summary>
public interface ITestHost
{
    /// <summary>Talks to the host's HTTP address.</summary>
    HttpClient Http { get; }
}
