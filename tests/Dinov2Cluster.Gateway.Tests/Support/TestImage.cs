using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Preprocessing;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Seeded noise as an uncompressed 24-bit BMP, and what the gateway should make of it.</summary>
internal static class TestImage
{
    public static byte[] Bmp(int seed, int width = 20, int height = 18) => TestBmp.Noise(seed, width, height);

    public static string Base64(int seed, int width = 20, int height = 18) => Convert.ToBase64String(Bmp(seed, width, height));

    public static float[] Features(ServedModel model, byte[] image, Output output = Output.Cls) => FakeRouter.Features(model, Crop(model, image), output);

    public static byte[] Crop(ServedModel model, byte[] image)
    {
        var preprocessor = new ImagePreprocessor(new ImagingOptions { ShortestEdge = model.ShortestEdge, CropSize = model.CropSize });
        var crop = new byte[preprocessor.CropBytes];
        preprocessor.Preprocess(image, crop);
        return crop;
    }
}
