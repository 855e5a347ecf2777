namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>
/// An image string of a request (URL, data URI or base64), as a slice of the request's own bytes: no copy, no <see cref="string"/>.
/// </summary>
/// <param name="Utf8">The string's bytes, without quotes.</param>
/// <param name="IsJsonEscaped">Whether <paramref name="Utf8"/> still holds JSON escapes; they are resolved when the image is read, in parallel.</param>
internal readonly record struct ImageText(ReadOnlyMemory<byte> Utf8, bool IsJsonEscaped);
