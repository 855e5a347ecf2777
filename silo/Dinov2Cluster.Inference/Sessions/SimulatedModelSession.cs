using Dinov2Cluster.Inference.Devices;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>
/// A session without a model: waits as long as the latency curve says, then gives <see cref="SimulatedFeatures"/>. With two lanes it is like a GPU:
/// the base latency of one batch overlaps the other batch, the images are computed one batch after the other.
/// </summary>
internal sealed class SimulatedModelSession(ModelSignature signature, SimulatedDeviceOptions options, TimeProvider timeProvider) : IModelSession
{
    private readonly Lock _gate = new();
    private readonly long _origin = timeProvider.GetTimestamp();
    private TimeSpan _freeAt;

    public ModelSignature Signature => signature;

    public int Lanes => options.Lanes;

    public IModelLane CreateLane(int maxBatchSize) => new SimulatedModelLane(this, maxBatchSize);

    public void Dispose()
    {
    }

    /// <summary>Gives the device's time to a batch that comes now; returns how long until it is done.</summary>
    internal TimeSpan Schedule(int count)
    {
        lock (_gate)
        {
            var now = timeProvider.GetElapsedTime(_origin);
            var ready = now + options.BaseLatency;
            _freeAt = (ready > _freeAt ? ready : _freeAt) + (options.LatencyPerImage * count);
            return _freeAt - now;
        }
    }

    /// <summary>Timers count whole milliseconds: up, so that the device is never faster than its curve.</summary>
    internal void Wait(TimeSpan time, CancellationToken cancellationToken)
    {
        var rounded = TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds));
        if (timeProvider == TimeProvider.System)
        {
            // The thread itself: a timer's thread, and one of the pool's, would each wake up late on a busy machine, which no device does.
            cancellationToken.WaitHandle.WaitOne(rounded);
            cancellationToken.ThrowIfCancellationRequested();
        }
        else
        {
            Task.Delay(rounded, timeProvider, cancellationToken).GetAwaiter().GetResult();
        }
    }
}
