using System.Text;

namespace Dinov2Cluster.Client.TestServer;

/// <summary>An image as the server got it.</summary>
/// <param name="Kind"><c>encoded</c>, <c>url</c> or <c>crop</c>.</param>
/// <param name="Data">The bytes; a URL's as UTF-8.</param>
public sealed record FakeImage(string Kind, byte[] Data)
{
    /// <summary>The image's bytes as text, for tests whose images are words.</summary>
    public string Text => Encoding.UTF8.GetString(Data);
}
