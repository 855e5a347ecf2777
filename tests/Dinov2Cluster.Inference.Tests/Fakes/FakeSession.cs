using System.Collections.Concurrent;
using Dinov2Cluster.Inference.Sessions;

namespace Dinov2Cluster.Inference.Tests.Fakes;

/// <summary>A session whose features are a function of the crop, with a sync point in each run that a test may hold.</summary>
internal sealed class FakeSession(int maxBatchSize) : IModelSession
{
    public const byte Poison = 0xEE;

    private readonly byte[][] _input = [.. Enumerable.Range(0, maxBatchSize).Select(_ => new byte[TestCrops.Bytes])];
    private readonly float[][] _output = [.. Enumerable.Range(0, maxBatchSize).Select(_ => new float[TestCrops.Features])];
    private readonly SemaphoreSlim _entered = new(0);
    private readonly SemaphoreSlim _released = new(0);
    private volatile bool _held;

    public ModelSignature Signature => new(TestCrops.Size, TestCrops.Features, maxBatchSize);

    /// <summary>Sizes of the batches that ran, in order.</summary>
    public ConcurrentQueue<int> Batches { get; } = new();

    /// <summary>Runs on the device thread before a slot is written.</summary>
    public Action? OnInput { get; set; }

    /// <summary>Thrown by the next run.</summary>
    public Exception? NextError { get; set; }

    /// <summary>A run saw bytes that a caller had already taken back.</summary>
    public bool SawPoison { get; private set; }

    public bool Disposed { get; private set; }

    public void Hold() => _held = true;

    /// <summary>Waits until a held run has begun.</summary>
    public async Task EnteredAsync() =>
        Assert.True(await _entered.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), "No batch began.");

    public void ReleaseOne() => _released.Release();

    public void ReleaseAll()
    {
        _held = false;
        _released.Release(1000);
    }

    public Span<byte> Input(int slot)
    {
        OnInput?.Invoke();
        return _input[slot];
    }

    public void Run(int count, CancellationToken cancellationToken)
    {
        Batches.Enqueue(count);
        if (_held)
        {
            _entered.Release();
            _released.Wait(cancellationToken);
        }

        if (NextError is { } error)
        {
            NextError = null;
            throw error;
        }

        for (var slot = 0; slot < count; slot++)
        {
            SawPoison |= _input[slot].AsSpan().Contains(Poison);
            SimulatedFeatures.Compute(_input[slot], _output[slot]);
        }
    }

    public ReadOnlySpan<float> Output(int slot) => _output[slot];

    public void Dispose() => Disposed = true;
}
