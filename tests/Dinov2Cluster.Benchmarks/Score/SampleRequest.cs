using System.Text;
using Dinov2Cluster.TestSupport;
using NetVips;

namespace Dinov2Cluster.Benchmarks.Score;

/// <summary>The benchmark's photograph: 640 x 427, JPEG 4:2:0, quality 90.</summary>
internal static class SampleRequest
{
    public static byte[] Jpeg()
    {
        using var source = Image.NewFromFile(GoldenData.Image("cat.png"));
        using var photograph = source.ThumbnailImage(640, height: 427, size: Enums.Size.Force);
        return photograph.JpegsaveBuffer(q: 90);
    }

    /// <summary>One image as a scoring request.</summary>
    public static byte[] Body(byte[] jpeg) => Encoding.UTF8.GetBytes(
        $$$"""{"input_data":{"columns":["image"],"index":[0],"data":[["{{{Convert.ToBase64String(jpeg)}}}"]]}}""");
}
