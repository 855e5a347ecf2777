using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

/// <summary>What the test's image must give: on a simulated device a hash of its crop, on a CPU the reference's features.</summary>
internal static class KnownAnswers
{
    /// <summary>The golden image that the tests send.</summary>
    public const string Image = "cat.png";

    private const double Tolerance = 2e-3;

    private static readonly Lazy<float[]> _reference = new(() =>
    {
        var all = NpyFile.ReadFloats(GoldenData.Expected("dinov2-nano.legacy.npy"));
        var size = all.Length / GoldenData.Images.Count;
        return all.AsSpan(GoldenData.Images.ToList().IndexOf(Image) * size, size).ToArray();
    });

    public static void AssertRight(float[] row)
    {
        var simulated = new float[_reference.Value.Length];
        SimulatedFeatures.Compute(GoldenData.Crop(Image), simulated);
        if (!simulated.AsSpan().SequenceEqual(row))
        {
            Assert.True(Similarity.MaxDifference(row, _reference.Value) <= Tolerance, "The row is neither a simulated device's nor the model's.");
        }
    }
}
