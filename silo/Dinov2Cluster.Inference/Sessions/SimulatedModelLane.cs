namespace Dinov2Cluster.Inference.Sessions;

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

    public void Run(int count, CancellationToken cancellationToken)
    {
        session.Wait(session.Schedule(count), cancellationToken);
        for (var slot = 0; slot < count; slot++)
        {
            SimulatedFeatures.Compute(Input(slot), Features(slot));
            if (_means.Length > 0)
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
