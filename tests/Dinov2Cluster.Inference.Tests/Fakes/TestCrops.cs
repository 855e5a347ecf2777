using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Fakes;

/// <summary>Tiny crops, every one different, and the features that belong to them.</summary>
internal static class TestCrops
{
    public const int Size = 2;
    public const int Bytes = Size * Size * 3;
    public const int Features = 5;
    public const int PatchTokens = 3;

    private static int _next;

    /// <summary>uint8 [count, S, S, 3]; no byte is <see cref="FakeSession.Poison"/>.</summary>
    public static byte[] Create(int count)
    {
        var crops = new byte[count * Bytes];
        for (var i = 0; i < count; i++)
        {
            var id = Interlocked.Increment(ref _next);
            for (var digit = 0; digit < 8; digit++, id >>= 4)
            {
                crops[(i * Bytes) + digit] = (byte)(id & 15);
            }
        }

        return crops;
    }

    public static byte[][] CreateEach(params int[] counts) => [.. counts.Select(Create)];

    public static float[] FeaturesOf(byte[] crops) => FeaturesOf(crops, Output.Cls);

    public static float[] FeaturesOf(byte[] crops, Output output) =>
        [.. crops.Chunk(Bytes).SelectMany(crop => FeaturesOfOne(crop, output))];

    private static float[] FeaturesOfOne(byte[] crop, Output output)
    {
        var features = new float[(1 + PatchTokens) * Features];
        var mean = new float[Features];
        SimulatedFeatures.Compute(crop, features);
        SimulatedFeatures.Average(features.AsSpan(Features), mean);
        return output switch
        {
            Output.PatchTokens => features[Features..],
            Output.ClsMean => [.. features[..Features], .. mean],
            _ => features[..Features],
        };
    }
}
