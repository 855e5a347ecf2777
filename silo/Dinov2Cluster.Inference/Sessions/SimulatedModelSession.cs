using Dinov2Cluster.Inference.Devices;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>
/// A session without a model: waits for the time of the latency curve, then gives <see cref="SimulatedFeatures"/>. Two lanes are like a GPU:
/// the base latency of one batch overlaps the other batch; images are computed one batch after the other.
/// </summary>
internal sealed class SimulatedModelSession(ModelSignature signature, SimulatedDeviceOptions options, TimeProvider time) : IModelSession
{
    private readonly Lock _lock = new();
    private readonly long _origin = time.GetTimestamp();
    private TimeSpan _freeAt;

    public ModelSignature Signature => signature;

    public int Lanes => options.Lanes;

    public bool WarmsUpBySize => false;

    public IModelLane CreateLane(int maxBatchSize) => new SimulatedModelLane(this, maxBatchSize);

    public void ReleaseMemory()
    {
    }

    public void Dispose()
    {
    }

    /// <summary>Reserves the device's time for a batch; returns the time until it is done.</summary>
    internal TimeSpan Schedule(int count)
    {
        lock (_lock)
        {
            var now = time.GetElapsedTime(_origin);
            var ready = now + options.BaseLatency;
            _freeAt = (ready > _freeAt ? ready : _freeAt) + (options.LatencyPerImage * count);
            return _freeAt - now;
        }
    }

    /// <summary>Timers count whole milliseconds: rounded up, so that the device is never faster than its curve.</summary>
    internal void Wait(TimeSpan duration, CancellationToken cancellationToken)
    {
        var rounded = TimeSpan.FromMilliseconds(Math.Ceiling(duration.TotalMilliseconds));
        if (time == TimeProvider.System)
        {
            // Blocks the thread: a timer's thread and a pool thread would each wake up late on a busy machine; a device does not.
            cancellationToken.WaitHandle.WaitOne(rounded);
            cancellationToken.ThrowIfCancellationRequested();
        }
        else
        {
            Task.Delay(rounded, time, cancellationToken).GetAwaiter().GetResult();
        }
    }
}

/// <summary>One batch in flight on a simulated device.</summary>
internal sealed class SimulatedModelLane(SimulatedModelSession session, int maxBatchSize) : IModelLane
{
    private readonly int _cropBytes = session.Signature.CropBytes;
    private readonly int _embeddingSize = session.Signature.EmbeddingSize;
    private readonly int _features = checked((1 + session.Signature.PatchTokens) * session.Signature.EmbeddingSize);
    private readonly byte[] _input = new byte[checked(maxBatchSize * session.Signature.CropBytes)];
    private readonly float[] _output = new float[checked(maxBatchSize * (1 + session.Signature.PatchTokens) * session.Signature.EmbeddingSize)];
    private readonly float[] _means = new float[session.Signature.PatchTokens > 0 ? maxBatchSize * session.Signature.EmbeddingSize : 0];

    public Span<byte> Input(int slot) => _input.AsSpan(slot * _cropBytes, _cropBytes);

    public void Run(int count, Outputs wanted, CancellationToken cancellationToken)
    {
        session.Wait(session.Schedule(count), cancellationToken);
        for (var slot = 0; slot < count; slot++)
        {
            SimulatedFeatures.Compute(Input(slot), Features(slot));
            if (wanted.HasFlag(Outputs.PatchMean))
            {
                SimulatedFeatures.Average(PatchTokens(slot), _means.AsSpan(slot * _embeddingSize, _embeddingSize));
            }
        }
    }

    public ReadOnlySpan<float> Output(int slot) => Features(slot)[.._embeddingSize];

    public ReadOnlySpan<float> PatchMean(int slot) => _means.AsSpan(slot * _embeddingSize, _embeddingSize);

    public ReadOnlySpan<float> PatchTokens(int slot) => Features(slot)[_embeddingSize..];

    public void Dispose()
    {
    }

    private Span<float> Features(int slot) => _output.AsSpan(slot * _features, _features);
}
