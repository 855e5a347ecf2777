using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cuda.Tests.Support;

/// <summary>The features that the stand-in makes: samples of the image's own pixels (<c>copy_out</c> in <c>tests/fakecuda/memory.c</c>).</summary>
internal static class FakeFeatures
{
    /// <summary>Fails when a row is not the stand-in's answer to its image.</summary>
    public static void AssertEqual(string image, float[] features)
    {
        var crop = GoldenData.Crop(image);
        Assert.Equal(Enumerable.Range(0, features.Length).Select(i => crop[(long)i * crop.Length / features.Length] / 255f), features);
    }

    /// <summary>Embeds images in one request, and checks every row.</summary>
    public static async Task EmbedAsync(HostProcess host, IReadOnlyList<string> images, CancellationToken cancellationToken)
    {
        var rows = await host.EmbedAsync(images, model: null, cancellationToken);

        Assert.Equal(images.Count, rows.Length);
        Assert.All(images.Zip(rows), row => AssertEqual(row.First, row.Second));
    }
}
