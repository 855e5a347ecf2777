using Dinov2Cluster.Inference.Devices;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>A session without a model: waits as long as the latency curve says, then gives <see cref="SimulatedFeatures"/>.</summary>
internal sealed class SimulatedModelSession(ModelSignature signature, SimulatedDeviceOptions options, TimeProvider timeProvider) : IModelSession
{
    private readonly byte[] _input = new byte[checked(signature.MaxBatchSize * signature.CropBytes)];
    private readonly float[] _output = new float[checked(signature.MaxBatchSize * signature.EmbeddingSize)];

    public ModelSignature Signature => signature;

    public Span<byte> Input(int slot) => _input.AsSpan(slot * signature.CropBytes, signature.CropBytes);

    public void Run(int count, CancellationToken cancellationToken)
    {
        var latency = options.BaseLatency + (options.LatencyPerImage * count);
        Task.Delay(latency, timeProvider, cancellationToken).GetAwaiter().GetResult();
        for (var slot = 0; slot < count; slot++)
        {
            SimulatedFeatures.Compute(Input(slot), _output.AsSpan(slot * signature.EmbeddingSize, signature.EmbeddingSize));
        }
    }

    public ReadOnlySpan<float> Output(int slot) => _output.AsSpan(slot * signature.EmbeddingSize, signature.EmbeddingSize);

    public void Dispose()
    {
    }
}
