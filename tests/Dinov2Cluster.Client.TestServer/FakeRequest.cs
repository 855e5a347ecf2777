namespace Dinov2Cluster.Client.TestServer;

/// <summary>A request as the server got it.</summary>
/// <param name="Protocol"><c>unary</c>, <c>stream</c> or <c>score</c>.</param>
/// <param name="Path">The path.</param>
/// <param name="Authorization">The header, or null.</param>
/// <param name="DeadlineMilliseconds">The deadline that it has, or null.</param>
/// <param name="Model">Name of the model, empty for the default.</param>
/// <param name="Normalize">Whether vectors are to be normalised.</param>
/// <param name="Output"><c>cls</c>, <c>cls_mean</c> or <c>patch_tokens</c>.</param>
/// <param name="NullOnError">Whether a refused image leaves the others alone.</param>
/// <param name="Bulk">Whether others go first.</param>
/// <param name="Body">The scoring protocol's body.</param>
/// <param name="Images">How many images; 0 for a stream.</param>
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
