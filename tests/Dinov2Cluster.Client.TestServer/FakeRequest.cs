using System.Text;

namespace Dinov2Cluster.Client.TestServer;

/// <summary>A request that the server received.</summary>
/// <param name="Protocol"><c>unary</c>, <c>stream</c> or <c>score</c>.</param>
/// <param name="Path">The path.</param>
/// <param name="Authorization">The header, or null.</param>
/// <param name="DeadlineMilliseconds">Its deadline, or null.</param>
/// <param name="Model">Name of the model, empty for the default.</param>
/// <param name="Normalize">Whether vectors must be normalized.</param>
/// <param name="Output"><c>cls</c>, <c>cls_mean</c> or <c>patch_tokens</c>.</param>
/// <param name="NullOnError">Whether a refused image fails alone.</param>
/// <param name="Bulk">Whether its priority is bulk.</param>
/// <param name="Body">The scoring protocol's body.</param>
/// <param name="Images">Number of images; 0 for a stream.</param>
public sealed record FakeRequest(
    string Protocol,
    string Path,
    string? Authorization,
    double? DeadlineMilliseconds,
    string Model,
    bool Normalize,
    string Output,
    bool NullOnError,
    bool Bulk,
    string Body,
    int Images);

/// <summary>An image that the server received.</summary>
/// <param name="Kind"><c>encoded</c>, <c>url</c> or <c>crop</c>.</param>
/// <param name="Data">The bytes; a URL's as UTF-8.</param>
public sealed record FakeImage(string Kind, byte[] Data)
{
    /// <summary>The image's bytes as text, for tests whose images are words.</summary>
    public string Text => Encoding.UTF8.GetString(Data);
}
