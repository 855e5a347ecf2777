using Dinov2Cluster.Gateway.Errors;
using Microsoft.Net.Http.Headers;

namespace Dinov2Cluster.Gateway.Protocols.Json;

/// <summary>Which content types are JSON in UTF-8.</summary>
internal static class JsonContentType
{
    /// <summary>Refuses a request whose body is something else.</summary>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.UnsupportedMediaType"/>.</exception>
    public static void ThrowIfOther(HttpRequest request)
    {
        if (!IsJson(request.ContentType))
        {
            throw new EmbeddingException(EmbeddingErrorKind.UnsupportedMediaType);
        }
    }

    /// <summary>True for <c>application/json</c> and <c>application/*+json</c> with no charset, utf-8 or its subset us-ascii.</summary>
    public static bool IsJson(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type))
        {
            return false;
        }

        var isJson = type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
            && (type.SubType.Equals("json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));
        var charset = HeaderUtilities.RemoveQuotes(type.Charset);
        return isJson
            && (charset.Length == 0
                || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
                || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase));
    }
}
