using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Hosting;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Adds the request's ids and the server's version to every reply.</summary>
internal sealed class RequestIdMiddleware(RequestDelegate next)
{
    private static readonly string _serverVersion = "dinov2cluster/" + HostVersion.Number;

    public Task InvokeAsync(HttpContext context)
    {
        var ids = RequestIds.Read(context.Request.Headers);
        var headers = context.Response.Headers;
        headers["x-ms-server-version"] = _serverVersion;
        Set(headers, RequestIds.RequestIdHeader, ids.RequestId);
        Set(headers, RequestIds.LegacyIdHeader, ids.LegacyId);
        Set(headers, RequestIds.ClientIdHeader, ids.ClientId);
        if (ids.Error is { } error)
        {
            return JsonMessage.WriteAsync(context, StatusCodes.Status431RequestHeaderFieldsTooLarge, error);
        }

        // Puts the id on every log line of the request.
        context.TraceIdentifier = ids.RequestId!;
        return next(context);
    }

    private static void Set(IHeaderDictionary headers, string name, string? value)
    {
        if (value is not null)
        {
            headers[name] = value;
        }
    }
}

/// <summary>
/// The ids of a request, as in Azure ML's inference server: <c>x-request-id</c> is echoed or created,
/// <c>x-ms-client-request-id</c> is echoed, and <c>x-ms-request-id</c>, which once meant both, is never empty.
/// </summary>
/// <param name="RequestId">Reply's <c>x-request-id</c>, or null when the client's was too long.</param>
/// <param name="LegacyId">Reply's <c>x-ms-request-id</c>, or null for none.</param>
/// <param name="ClientId">Reply's <c>x-ms-client-request-id</c>, or null for none.</param>
/// <param name="Error">Message of a 431, or null.</param>
internal readonly record struct RequestIds(string? RequestId, string? LegacyId, string? ClientId, string? Error)
{
    /// <summary>Longest id.</summary>
    public const int MaxLength = 100;

    public const string RequestIdHeader = "x-request-id";
    public const string LegacyIdHeader = "x-ms-request-id";
    public const string ClientIdHeader = "x-ms-client-request-id";

    /// <summary>Reads the ids of a request.</summary>
    public static RequestIds Read(IHeaderDictionary headers)
    {
        var requestId = Text(headers, RequestIdHeader);
        var legacyId = Text(headers, LegacyIdHeader);
        var clientId = Text(headers, ClientIdHeader);
        if (requestId?.Length > MaxLength)
        {
            return new(null, null, null, $"x-request-id must not exceed {MaxLength} characters");
        }

        requestId = Printable(requestId) ?? Guid.NewGuid().ToString();
        if (legacyId?.Length > MaxLength || clientId?.Length > MaxLength)
        {
            return new(requestId, null, null, $"x-ms-request-id and x-ms-client-request-id must not exceed {MaxLength} characters");
        }

        legacyId = Printable(legacyId);
        clientId = Printable(clientId) ?? legacyId;
        return new(requestId, legacyId ?? clientId ?? requestId, clientId, null);
    }

    private static string? Text(IHeaderDictionary headers, string name) =>
        headers.TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } text ? text : null;

    // Other ids are replaced or dropped: they can't be headers, and must not forge log lines.
    private static string? Printable(string? text) =>
        text is not null && !text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? text : null;
}
