using System.Collections.Frozen;
using System.Globalization;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;
using Grpc.Core;

namespace Dinov2Cluster.Gateway.Protocols.Grpc;

/// <summary>gRPC's table of the core's errors.</summary>
internal static class GrpcErrors
{
    /// <summary>Trailer with the whole seconds to wait.</summary>
    public const string RetryAfter = "retry-after";

    /// <summary>Trailer with the milliseconds to wait, which gRPC's own retry policies honour: https://github.com/grpc/proposal/blob/master/A6-client-retries.md.</summary>
    public const string Pushback = "grpc-retry-pushback-ms";

    /// <summary>Trailer with the error's reason, a word that programs can rely on.</summary>
    public const string Reason = "dinov2-reason";

    private static readonly FrozenDictionary<EmbeddingErrorKind, StatusCode> _table = new Dictionary<EmbeddingErrorKind, StatusCode>
    {
        [EmbeddingErrorKind.BadRequest] = StatusCode.InvalidArgument,
        [EmbeddingErrorKind.UnsupportedMediaType] = StatusCode.InvalidArgument,
        [EmbeddingErrorKind.BodyTooLarge] = StatusCode.InvalidArgument,
        [EmbeddingErrorKind.TooManyImages] = StatusCode.InvalidArgument,
        [EmbeddingErrorKind.BadImage] = StatusCode.InvalidArgument,
        [EmbeddingErrorKind.UnknownModel] = StatusCode.NotFound,
        // The request is fine; the model that is served now is not compiled for it.
        [EmbeddingErrorKind.UnsupportedOutput] = StatusCode.FailedPrecondition,
        [EmbeddingErrorKind.Unauthenticated] = StatusCode.Unauthenticated,
        [EmbeddingErrorKind.Forbidden] = StatusCode.PermissionDenied,
        [EmbeddingErrorKind.RateLimited] = StatusCode.ResourceExhausted,
        [EmbeddingErrorKind.QuotaExceeded] = StatusCode.ResourceExhausted,
        [EmbeddingErrorKind.Overloaded] = StatusCode.ResourceExhausted,
        [EmbeddingErrorKind.NoDevice] = StatusCode.Unavailable,
        [EmbeddingErrorKind.DeadlineExceeded] = StatusCode.DeadlineExceeded,
        [EmbeddingErrorKind.Internal] = StatusCode.Internal,
    }.ToFrozenDictionary();

    /// <summary>The status of a kind; every kind has one.</summary>
    public static StatusCode For(EmbeddingErrorKind kind) => _table[kind];

    /// <summary>The error as a call fails with it.</summary>
    public static RpcException ToRpcException(EmbeddingException error, IReadOnlyList<string> models)
    {
        var trailers = new Metadata { { Reason, EmbeddingErrorText.Reason(error.Kind) } };
        if (EmbeddingHeaders.RetryAfter(error) is { } wait)
        {
            trailers.Add(RetryAfter, wait.TotalSeconds.ToString(CultureInfo.InvariantCulture));
            trailers.Add(Pushback, wait.TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
        }

        return new RpcException(new Status(For(error.Kind), EmbeddingErrorText.Message(error, models)), trailers);
    }
}
