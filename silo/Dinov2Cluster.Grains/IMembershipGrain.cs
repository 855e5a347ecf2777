namespace Dinov2Cluster.Grains;

/// <summary>The cluster's membership as the answering silo sees it. A stateless worker: any silo answers, from memory.</summary>
[Alias("dinov2.IMembershipGrain")]
public interface IMembershipGrain : IGrainWithIntegerKey
{
    /// <summary>Names of the active silos, in ordinal order.</summary>
    [Alias("GetActiveSilos")]
    Task<IReadOnlyList<string>> GetActiveSilosAsync(CancellationToken cancellationToken);
}
