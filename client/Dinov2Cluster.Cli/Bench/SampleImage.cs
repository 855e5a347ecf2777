namespace Dinov2Cluster.Cli.Bench;

/// <summary>The image of a measurement that names none: a 640 x 427 JPEG of smoothed noise, as large as a photograph of that size.</summary>
internal static class SampleImage
{
    public static byte[] Read()
    {
        using var resource = typeof(SampleImage).Assembly.GetManifestResourceStream(typeof(SampleImage), "sample-640x427.jpg")!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
