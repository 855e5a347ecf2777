using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Admission;

/// <summary>Permits, in images, that a request must get before anything of it is fetched or decoded. It never waits.</summary>
internal sealed class AdmissionControl(IOptions<AdmissionOptions> options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly int _capacity = options.Value.MaxImages;
    private readonly DrainRate _drain = new(time);
    private int _inFlight;

    /// <summary>Images admitted and not yet answered.</summary>
    public int ImagesInFlight => Volatile.Read(ref _inFlight);

    /// <summary>Takes <paramref name="images"/> permits; dispose the permit to give them back.</summary>
    /// <returns>False when they are not there; <paramref name="retryAfter"/> is then the time until they should be.</returns>
    public bool TryAcquire(int images, [NotNullWhen(true)] out AdmissionPermit? permit, out TimeSpan retryAfter)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(images);
        lock (_lock)
        {
            var excess = (long)_inFlight + images - _capacity;
            if (excess > 0)
            {
                permit = null;
                retryAfter = _drain.TimeFor(excess);
                return false;
            }

            if (_inFlight == 0)
            {
                _drain.Start();
            }

            _inFlight += images;
        }

        permit = new AdmissionPermit(this, images);
        retryAfter = TimeSpan.Zero;
        return true;
    }

    internal void Release(int images)
    {
        lock (_lock)
        {
            _inFlight -= images;
            _drain.Add(images);
        }
    }
}
