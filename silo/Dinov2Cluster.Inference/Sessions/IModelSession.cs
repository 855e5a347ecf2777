namespace Dinov2Cluster.Inference.Sessions;

/// <summary>
/// One model on one device: write crops into slots, run, read features from the same slots. Buffers live as long as the session.
/// A single thread uses it at a time.
/// </summary>
public interface IModelSession : IDisposable
{
    /// <summary>Sizes of the crops, the features and the batch.</summary>
    ModelSignature Signature { get; }

    /// <summary>Where the crop of <paramref name="slot"/> goes: uint8 <c>[S, S, 3]</c>, RGB, row by row.</summary>
    Span<byte> Input(int slot);

    /// <summary>Computes slots 0 to <paramref name="count"/> - 1; blocks until their features are there.</summary>
    /// <exception cref="OperationCanceledException">The token stopped the run; no slot holds features.</exception>
    void Run(int count, CancellationToken cancellationToken);

    /// <summary>Features of <paramref name="slot"/> from the last run: float32 <c>[D]</c>. Valid until the next run.</summary>
    ReadOnlySpan<float> Output(int slot);
}
