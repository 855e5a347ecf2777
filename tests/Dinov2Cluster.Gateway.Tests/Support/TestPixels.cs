using System.Runtime.InteropServices;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>What a standard processor makes of a crop, in float32 and in its order of operations: rescale, minus mean, by deviation.</summary>
internal static class TestPixels
{
    /// <summary>float32 [3, S, S] of uint8 [S, S, 3].</summary>
    public static float[] Normalize(ReadOnlySpan<byte> crop, PixelNormalization normalization)
    {
        var pixels = crop.Length / 3;
        var planes = new float[crop.Length];
        Rgb mean = normalization.Mean, deviation = normalization.StandardDeviation;
        float[] means = [(float)mean.Red, (float)mean.Green, (float)mean.Blue];
        float[] deviations = [(float)deviation.Red, (float)deviation.Green, (float)deviation.Blue];
        for (var i = 0; i < crop.Length; i++)
        {
            var channel = i % 3;
            planes[(channel * pixels) + (i / 3)] = ((crop[i] * (float)normalization.RescaleFactor) - means[channel]) / deviations[channel];
        }

        return planes;
    }

    public static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
