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
