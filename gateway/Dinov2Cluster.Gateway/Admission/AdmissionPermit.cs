namespace Dinov2Cluster.Gateway.Admission;

/// <summary>Images that were let in. Disposing it, once or more often, lets the same number in again.</summary>
internal sealed class AdmissionPermit(AdmissionControl owner, LoadInFlight load, int images) : IDisposable
{
    private AdmissionControl? _owner = owner;

    public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Release(load, images);
}
