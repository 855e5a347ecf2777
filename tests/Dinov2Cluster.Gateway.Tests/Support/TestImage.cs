using System.Buffers.Binary;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Preprocessing;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Seeded noise as an uncompressed 24-bit BMP, and what the gateway should make of it.</summary>
internal static class TestImage
{
    public static byte[] Bmp(int seed, int width = 20, int height = 18)
    {
        const int Header = 54;
        var stride = ((width * 3) + 3) / 4 * 4;
        var file = new byte[Header + (stride * height)];
        new Random(seed).NextBytes(file.AsSpan(Header));
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), Header);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        return file;
    }

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
