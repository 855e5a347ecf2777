namespace Dinov2Cluster.Client.TestServer;

/// <summary>What the server answers for one image.</summary>
/// <param name="Features">The features, vector by vector; empty when there is an error.</param>
/// <param name="Vectors">Number of vectors.</param>
/// <param name="Code">A gRPC status code, 0 for none.</param>
/// <param name="Reason">The error's word.</param>
/// <param name="Message">The error's sentence.</param>
public sealed record FakeAnswer(float[] Features, int Vectors = 1, int Code = 0, string Reason = "", string Message = "")
{
    /// <summary>Features that only this image has: four, not whole numbers.</summary>
    public static FakeAnswer For(ReadOnlySpan<byte> image)
    {
        var sum = 0;
        foreach (var value in image)
        {
            sum = unchecked((sum * 31) + value) % 65_521;
        }

        return new([image.Length / 3f, sum / 7f, -1.5f, 1e-20f * sum]);
    }

    /// <summary>An image that is refused.</summary>
    public static FakeAnswer Bad(string message = "Row 0: The image is damaged.") => Failed(3, "bad_image", message);

    /// <summary>An image that fails with a code.</summary>
    public static FakeAnswer Failed(int code, string reason, string message) => new([], 1, code, reason, message);
}
