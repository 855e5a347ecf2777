using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Routing;
using Grpc.Core;

namespace Dinov2Cluster.Gateway.Protocols.Grpc;

/// <summary>Errors of gRPC calls that never reach a service: a reply of status 200 with nothing but the trailers, sent as headers.</summary>
internal sealed class GrpcErrorForm(IEmbeddingRouter router) : IErrorForm
{
    /// <inheritdoc/>
    public bool Covers(HttpRequest request) => request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <inheritdoc/>
    public Task WriteErrorAsync(HttpContext context, EmbeddingException error)
    {
        var failure = GrpcErrors.ToRpcException(error, router.Models);
        foreach (var trailer in failure.Trailers)
        {
            context.Response.Headers[trailer.Key] = trailer.Value;
        }

        return WriteAsync(context, failure.Status);
    }

    /// <inheritdoc/>
    public Task WriteErrorAsync(HttpContext context, int status) => WriteAsync(context, new Status(StatusOf(status), "The call was refused."));

    // https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
    private static StatusCode StatusOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => StatusCode.Internal,
        StatusCodes.Status401Unauthorized => StatusCode.Unauthenticated,
        StatusCodes.Status403Forbidden => StatusCode.PermissionDenied,
        StatusCodes.Status404NotFound => StatusCode.Unimplemented,
        StatusCodes.Status429TooManyRequests or StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable
            or StatusCodes.Status504GatewayTimeout => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    private static Task WriteAsync(HttpContext context, Status status)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)status.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        // Percent-encoded as the protocol says; our texts are ASCII.
        response.Headers["grpc-message"] = Uri.EscapeDataString(status.Detail);
        return response.CompleteAsync();
    }
}
