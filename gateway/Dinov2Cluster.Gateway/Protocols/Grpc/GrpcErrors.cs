using System.Globalization;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Routing;
using Grpc.Core;

namespace Dinov2Cluster.Gateway.Protocols.Grpc;

/// <summary>Errors as gRPC reports them.</summary>
internal static class GrpcErrors
{
    /// <summary>Trailer with the whole seconds to wait.</summary>
    public const string RetryAfter = "retry-after";

    /// <summary>Trailer with the milliseconds to wait, which gRPC's own retry policies follow: https://github.com/grpc/proposal/blob/master/A6-client-retries.md.</summary>
    public const string Pushback = "grpc-retry-pushback-ms";

    /// <summary>Trailer with the error's reason.</summary>
    public const string Reason = "dinov2-reason";

    /// <summary>The exception for a call.</summary>
    public static RpcException ToRpcException(EmbeddingException error, IReadOnlyList<string> models)
    {
        var trailers = new Metadata { { Reason, error.Info.Reason } };
        if (EmbeddingHeaders.RetryAfter(error) is { } wait)
        {
            trailers.Add(RetryAfter, wait.TotalSeconds.ToString(CultureInfo.InvariantCulture));
            trailers.Add(Pushback, wait.TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
        }

        return new RpcException(new Status(error.Info.GrpcStatus, EmbeddingErrors.Message(error, models)), trailers);
    }
}

/// <summary>Errors of gRPC calls that reach no service: a reply of status 200 with only the trailers, sent as headers.</summary>
internal sealed class GrpcErrorForm(IEmbeddingRouter router) : IErrorForm
{
    public bool Covers(HttpRequest request) => request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    public Task WriteErrorAsync(HttpContext context, EmbeddingException error)
    {
        var failure = GrpcErrors.ToRpcException(error, router.Models);
        foreach (var trailer in failure.Trailers)
        {
            context.Response.Headers[trailer.Key] = trailer.Value;
        }

        return WriteAsync(context, failure.Status);
    }

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
        // Percent-encoded, as the protocol requires; our texts are ASCII.
        response.Headers["grpc-message"] = Uri.EscapeDataString(status.Detail);
        return response.CompleteAsync();
    }
}
