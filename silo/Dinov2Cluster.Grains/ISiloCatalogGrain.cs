using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Grains;

/// <summary>What one silo serves. Its key is the silo's name, and it lives on that silo.</summary>
[Alias("dinov2.ISiloCatalogGrain")]
public interface ISiloCatalogGrain : IGrainWithStringKey
{
    /// <summary>The silo's devices and models now.</summary>
    [Alias("Get")]
    Task<SiloCatalog> GetAsync(CancellationToken cancellationToken);
}
