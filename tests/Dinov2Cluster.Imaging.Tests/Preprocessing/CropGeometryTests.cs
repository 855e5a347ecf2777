using Dinov2Cluster.Imaging.Preprocessing;

namespace Dinov2Cluster.Imaging.Tests.Preprocessing;

public sealed class CropGeometryTests
{
    [Theory]
    [InlineData(640, 427, 383, 256, 79, 16)]
    [InlineData(427, 640, 256, 383, 16, 79)]
    [InlineData(256, 256, 256, 256, 16, 16)]
    [InlineData(1, 1, 256, 256, 16, 16)]
    [InlineData(5, 3, 426, 256, 101, 16)]
    [InlineData(1, 100_000_000, 256, 25_600_000_000, 16, 12_799_999_888)]
    public void The_short_edge_is_256_and_the_long_one_rounds_down(int width, int height, long newWidth, long newHeight, long left, long top) =>
        Assert.Equal(new CropGeometry(newWidth, newHeight, left, top), CropGeometry.Create(width, height, shortestEdge: 256, cropSize: 224));
}
