using Dinov2Cluster.Inference.Sessions;

namespace Dinov2Cluster.Inference.Tests.Fakes;

/// <summary>One batch in flight of a <see cref="FakeSession"/>, with memory of its own.</summary>
internal sealed class FakeLane(FakeSession session, int maxBatchSize) : IModelLane
{
    private readonly byte[][] _input = [.. Enumerable.Range(0, maxBatchSize).Select(_ => new byte[TestCrops.Bytes])];
    private readonly float[][] _output = [.. Enumerable.Range(0, maxBatchSize).Select(_ => new float[(1 + session.Signature.PatchTokens) * TestCrops.Features])];
    private readonly float[][] _means = [.. Enumerable.Range(0, maxBatchSize).Select(_ => new float[TestCrops.Features])];

    public int MaxBatchSize => maxBatchSize;

    public bool Disposed { get; private set; }

    public Span<byte> Input(int slot)
    {
        session.OnInput?.Invoke();
        return _input[slot];
    }

    public void Run(int count, Outputs wanted, CancellationToken cancellationToken)
    {
        session.Enter(this, count, wanted, _input, cancellationToken);
        for (var slot = 0; slot < count; slot++)
        {
            SimulatedFeatures.Compute(_input[slot], _output[slot]);
            SimulatedFeatures.Average(PatchTokens(slot), _means[slot]);
            Spoil(wanted, Outputs.Cls, _output[slot].AsSpan(0, TestCrops.Features));
            Spoil(wanted, Outputs.PatchMean, _means[slot]);
            Spoil(wanted, Outputs.PatchTokens, _output[slot].AsSpan(TestCrops.Features));
        }
    }

    public ReadOnlySpan<float> Output(int slot) => _output[slot].AsSpan(0, TestCrops.Features);

    public ReadOnlySpan<float> PatchMean(int slot) => _means[slot];

    public ReadOnlySpan<float> PatchTokens(int slot) => _output[slot].AsSpan(TestCrops.Features);

    public void Dispose() => Disposed = true;

    private static void Spoil(Outputs wanted, Outputs output, Span<float> features)
    {
        if (!wanted.HasFlag(output))
        {
            features.Fill(float.NaN);
        }
    }
}
