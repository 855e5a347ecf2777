using System.Collections.Concurrent;
using Dinov2Cluster.Inference.Sessions;

namespace Dinov2Cluster.Inference.Tests.Fakes;

/// <summary>A session whose features are a function of the crop, with a sync point in each run that a test may hold.</summary>
internal sealed class FakeSession(int maxBatchSize, int lanes = 1, bool fixedBatch = false, int patchTokens = 0) : IModelSession
{
    public const byte Poison = 0xEE;

    private readonly SemaphoreSlim _entered = new(0);
    private readonly SemaphoreSlim _released = new(0);
    private volatile bool _held;

    public ModelSignature Signature => new(TestCrops.Size, TestCrops.Features, maxBatchSize, fixedBatch, patchTokens);

    public int Lanes => lanes;

    public bool WarmsUpBySize { get; init; }

    /// <summary>Sizes of the batches that ran, in order.</summary>
    public ConcurrentQueue<int> Batches { get; } = new();

    /// <summary>The runs, in order, with the threads that they ran on.</summary>
    public ConcurrentQueue<(FakeLane Lane, int Images, Outputs Wanted, int Thread)> Runs { get; } = new();

    /// <summary>Runs on the device thread before a slot is written.</summary>
    public Action? OnInput { get; set; }

    /// <summary>Thrown by the next run.</summary>
    public Exception? NextError { get; set; }

    /// <summary>Every run fails.</summary>
    public bool Lost { get; set; }

    /// <summary>Batches of this number of images and more run out of memory.</summary>
    public int OutOfMemoryFrom { get; set; } = int.MaxValue;

    /// <summary>Images that make every run fail that they are in.</summary>
    public byte[] Choke { get; set; } = [];

    /// <summary>The lanes that were made, in order.</summary>
    public ConcurrentQueue<FakeLane> CreatedLanes { get; } = new();

    /// <summary>What each run does to the clock.</summary>
    public Action<int>? OnRun { get; set; }

    /// <summary>A run saw bytes that a caller had already taken back.</summary>
    public bool SawPoison { get; private set; }

    public bool Disposed { get; private set; }

    public int MemoryReleases { get; private set; }

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

    public IModelLane CreateLane(int maxBatchSize)
    {
        var lane = new FakeLane(this, maxBatchSize);
        CreatedLanes.Enqueue(lane);
        return lane;
    }

    public void ReleaseMemory() => MemoryReleases++;

    public void Dispose() => Disposed = true;

    internal void Enter(FakeLane lane, int count, Outputs wanted, byte[][] input, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Batches.Enqueue(count);
        Runs.Enqueue((lane, count, wanted, Environment.CurrentManagedThreadId));
        if (_held)
        {
            _entered.Release();
            _released.Wait(cancellationToken);
        }

        OnRun?.Invoke(count);
        if (NextError is { } error)
        {
            NextError = null;
            throw error;
        }

        if (Lost)
        {
            throw new InvalidOperationException("CUDA failure 999: unknown error\n   at onnxruntime::CudaCall");
        }

        if (count >= OutOfMemoryFrom)
        {
            throw new OutOfDeviceMemoryException(count);
        }

        for (var slot = 0; slot < count; slot++)
        {
            SawPoison |= input[slot].AsSpan().Contains(Poison);
            if (Choke.Chunk(TestCrops.Bytes).Any(input[slot].SequenceEqual))
            {
                throw new InvalidOperationException("secret address 0xdead");
            }
        }
    }
}
