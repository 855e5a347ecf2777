namespace Dinov2Cluster.Gateway.Admission;

/// <summary>What a gateway, or one model of it, has in flight. <see cref="AdmissionControl"/>'s lock guards it.</summary>
internal sealed class LoadInFlight(TimeProvider time)
{
    private readonly DrainRate _drain = new(time);
    private int _images;

    /// <summary>Images admitted and not yet answered.</summary>
    public int Images => Volatile.Read(ref _images);

    /// <summary>Images were admitted.</summary>
    public void Add(int images)
    {
        if (_images == 0)
        {
            _drain.Start();
        }

        _images += images;
    }

    /// <summary>Images were answered, or given up.</summary>
    public void Remove(int images)
    {
        _images -= images;
        _drain.Add(images);
    }

    /// <summary>Time in which <paramref name="images"/> images should leave; see <see cref="DrainRate.TimeFor"/>.</summary>
    public TimeSpan TimeFor(long images, double devicesPerSecond) => _drain.TimeFor(images, devicesPerSecond);
}
