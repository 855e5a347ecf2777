namespace Dinov2Cluster.Inference.Sessions;

/// <summary>
/// Buffers for one batch in flight: write crops into slots, run, read features from the same slots. A single thread uses a lane at a time.
/// </summary>
public interface IModelLane : IDisposable
{
    /// <summary>Where the crop of <paramref name="slot"/> goes: uint8 <c>[S, S, 3]</c>, RGB, row by row. A run leaves it as it is.</summary>
    Span<byte> Input(int slot);

    /// <summary>Computes slots 0 to <paramref name="count"/> - 1; blocks until their features are there.</summary>
    /// <exception cref="OperationCanceledException">The token stopped the run; no slot holds features.</exception>
    void Run(int count, CancellationToken cancellationToken);

    /// <summary>CLS token of <paramref name="slot"/> from the last run: float32 <c>[D]</c>. Valid until the next run.</summary>
    ReadOnlySpan<float> Output(int slot);

    /// <summary>Mean of the patch tokens of <paramref name="slot"/>, in the same way: float32 <c>[D]</c>. Only of a session that gives patch tokens.</summary>
    ReadOnlySpan<float> PatchMean(int slot);

    /// <summary>Patch tokens of <paramref name="slot"/>, in the same way: float32 <c>[P, D]</c>. Only of a session that gives them.</summary>
    ReadOnlySpan<float> PatchTokens(int slot);
}
