namespace Dinov2Cluster.Inference.Sessions;

/// <summary>One batch in flight on a simulated device.</summary>
internal sealed class SimulatedModelLane(SimulatedModelSession session, int maxBatchSize) : IModelLane
{
    private readonly int _cropBytes = session.Signature.CropBytes;
    private readonly int _embeddingSize = session.Signature.EmbeddingSize;
    private readonly byte[] _input = new byte[checked(maxBatchSize * session.Signature.CropBytes)];
    private readonly float[] _output = new float[checked(maxBatchSize * session.Signature.EmbeddingSize)];

    public Span<byte> Input(int slot) => _input.AsSpan(slot * _cropBytes, _cropBytes);

    public void Run(int count, CancellationToken cancellationToken)
    {
        session.Wait(session.Schedule(count), cancellationToken);
        for (var slot = 0; slot < count; slot++)
        {
            SimulatedFeatures.Compute(Input(slot), _output.AsSpan(slot * _embeddingSize, _embeddingSize));
        }
    }

    public ReadOnlySpan<float> Output(int slot) => _output.AsSpan(slot * _embeddingSize, _embeddingSize);

    public void Dispose()
    {
    }
}
