using CsCheck;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Inference.Tests.Sessions;

public sealed class PixelNormalizerTests
{
    [Fact]
    public void Every_pixel_of_any_number_of_pixels_lands_in_its_plane_normalised() => Gen.Byte.Array[1, 150].Sample(bytes =>
    {
        var config = new PreprocessorConfig();
        var pixels = bytes.Length;
        var crop = new byte[pixels * 3];
        for (var i = 0; i < crop.Length; i++)
        {
            crop[i] = (byte)(bytes[i / 3] + (i * 31));
        }

        var planes = new float[pixels * 3];
        new PixelNormalizer(config).Normalize(crop, planes);

        for (var channel = 0; channel < 3; channel++)
        {
            for (var i = 0; i < pixels; i++)
            {
                var expected = ((crop[(i * 3) + channel] * config.RescaleFactor) - config.Mean[channel]) / config.StandardDeviation[channel];
                Assert.Equal(expected, planes[(channel * pixels) + i], 1e-6);
            }
        }
    });
}
