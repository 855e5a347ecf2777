using System.Globalization;
using Grpc.Core;

namespace Dinov2Cluster.Client;

/// <summary>Maps errors of gRPC.</summary>
internal static class GrpcFailures
{
    private const string RetryAfter = "retry-after";
    private const string Pushback = "grpc-retry-pushback-ms";
    private const string Reason = "dinov2-reason";

    /// <summary>The error of a call.</summary>
    public static Dinov2Exception ToException(RpcException exception)
    {
        if (TransportFailures.FromConnection(exception.Status.DebugException) is { } connection)
        {
            return connection;
        }

        var message = string.IsNullOrEmpty(exception.Status.Detail) ? $"The service answered {exception.StatusCode}." : exception.Status.Detail;
        return new(ToKind(exception.StatusCode), message, exception)
        {
            Reason = exception.Trailers.GetValue(Reason),
            RetryAfter = Wait(exception.Trailers),
        };
    }

    /// <summary>The error of one image.</summary>
    public static Dinov2Exception ToException(Protocol.V1.ImageError error)
    {
        var code = (StatusCode)error.Code;
        return TransportFailures.ForImage(
            code == StatusCode.InvalidArgument ? Dinov2ErrorKind.InvalidImage : ToKind(code), error.Reason, error.Message);
    }

    private static Dinov2ErrorKind ToKind(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange or StatusCode.Unimplemented =>
            Dinov2ErrorKind.InvalidRequest,
        StatusCode.NotFound => Dinov2ErrorKind.ModelNotFound,
        StatusCode.Unauthenticated => Dinov2ErrorKind.Unauthenticated,
        StatusCode.PermissionDenied => Dinov2ErrorKind.PermissionDenied,
        StatusCode.ResourceExhausted => Dinov2ErrorKind.Overloaded,
        StatusCode.Unavailable => Dinov2ErrorKind.Unavailable,
        StatusCode.DeadlineExceeded => Dinov2ErrorKind.DeadlineExceeded,
        _ => Dinov2ErrorKind.Internal,
    };

    // Both say the same; milliseconds are gRPC's own (https://github.com/grpc/proposal/blob/master/A6-client-retries.md).
    private static TimeSpan? Wait(Metadata trailers)
    {
        return Number(Pushback) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds)
            : Number(RetryAfter) is { } seconds ? TimeSpan.FromSeconds(seconds)
            : null;

        int? Number(string name) =>
            int.TryParse(trailers.GetValue(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
