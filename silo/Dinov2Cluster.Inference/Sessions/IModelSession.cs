using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>One model on one device: its weights, loaded once and shared by its lanes.</summary>
internal interface IModelSession : IDisposable
{
    /// <summary>Sizes of crops, features and batches.</summary>
    ModelSignature Signature { get; }

    /// <summary>Batches that the device should have at a time: 2 where copies can overlap computation, else 1.</summary>
    int Lanes { get; }

    /// <summary>Whether the first run of each batch size on a thread is slow, so that each lane must run all sizes before it serves.</summary>
    bool WarmsUpBySize { get; }

    /// <summary>Allocates buffers for one batch in flight. Lanes run in parallel; the caller disposes them before the session.</summary>
    /// <param name="maxBatchSize">Most crops per run, up to the signature's; slots are numbered from 0.</param>
    IModelLane CreateLane(int maxBatchSize);

    /// <summary>Gives memory back that larger batches needed. No run may be in flight.</summary>
    void ReleaseMemory();
}

/// <summary>
/// Buffers for one batch in flight: write crops into slots, run, read features from the same slots. Only one thread uses a lane at a time.
/// </summary>
internal interface IModelLane : IDisposable
{
    /// <summary>Where the crop of <paramref name="slot"/> goes: uint8 <c>[S, S, 3]</c>, RGB, row by row. A run does not change it.</summary>
    Span<byte> Input(int slot);

    /// <summary>Computes slots 0 to <paramref name="count"/> - 1; blocks until their features are computed.</summary>
    /// <param name="count">Images.</param>
    /// <param name="wanted">The outputs to fetch, at least one; the others keep what they had.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <exception cref="OperationCanceledException">The token stopped the run; no slot holds features.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has too little memory for a batch of this size.</exception>
    void Run(int count, Outputs wanted, CancellationToken cancellationToken);

    /// <summary>CLS token of <paramref name="slot"/> from the last run that wanted it: float32 <c>[D]</c>. Valid until the next run.</summary>
    ReadOnlySpan<float> Output(int slot);

    /// <summary>Mean of the patch tokens of <paramref name="slot"/>, likewise: float32 <c>[D]</c>. Only for a session that gives patch tokens.</summary>
    ReadOnlySpan<float> PatchMean(int slot);

    /// <summary>Patch tokens of <paramref name="slot"/>, likewise: float32 <c>[P, D]</c>. Only for a session that gives them.</summary>
    ReadOnlySpan<float> PatchTokens(int slot);
}

/// <summary>Sizes of what a session takes and gives.</summary>
/// <param name="ImageSize">Side of the square crop in pixels, S.</param>
/// <param name="EmbeddingSize">Features per image, D.</param>
/// <param name="MaxBatchSize">Most crops per run.</param>
/// <param name="FixedBatch">Every run computes <paramref name="MaxBatchSize"/> crops, also when fewer are wanted.</param>
/// <param name="PatchTokens">Patch tokens per image, P; 0 when the model gives only the CLS token.</param>
internal readonly record struct ModelSignature(int ImageSize, int EmbeddingSize, int MaxBatchSize, bool FixedBatch = false, int PatchTokens = 0)
{
    /// <summary>Bytes of one crop: uint8 <c>[S, S, 3]</c>.</summary>
    public int CropBytes => checked(ImageSize * ImageSize * 3);

    /// <summary>All outputs.</summary>
    public Outputs Outputs => PatchTokens > 0 ? Outputs.Cls | Outputs.PatchMean | Outputs.PatchTokens : Outputs.Cls;

    /// <summary>Floats that an output has per image; 0 when the model doesn't give it.</summary>
    public int FeaturesOf(Output output) => output switch
    {
        Output.Cls => EmbeddingSize,
        Output.ClsMean when PatchTokens > 0 => 2 * EmbeddingSize,
        Output.PatchTokens => checked(PatchTokens * EmbeddingSize),
        _ => 0,
    };
}

/// <summary>Outputs of a run.</summary>
[Flags]
internal enum Outputs
{
    /// <summary>No output.</summary>
    None = 0,

    /// <summary><see cref="IModelLane.Output"/>.</summary>
    Cls = 1,

    /// <summary><see cref="IModelLane.PatchMean"/>.</summary>
    PatchMean = 2,

    /// <summary><see cref="IModelLane.PatchTokens"/>.</summary>
    PatchTokens = 4,
}

/// <summary>What a caller's output is made of.</summary>
internal static class OutputsExtensions
{
    /// <summary>The outputs of the run that <paramref name="output"/> needs.</summary>
    public static Outputs Needs(this Output output) => output switch
    {
        Output.ClsMean => Outputs.Cls | Outputs.PatchMean,
        Output.PatchTokens => Outputs.PatchTokens,
        _ => Outputs.Cls,
    };
}
