using System.Collections.Frozen;
using Grpc.Core;

namespace Dinov2Cluster.Gateway.Errors;

/// <summary>What follows from a kind of error, in every protocol.</summary>
/// <param name="Reason">A word that programs can rely on; few values, so it is a tag of the metrics too.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="GrpcStatus">gRPC status.</param>
/// <param name="Fault">Whose fault it is.</param>
/// <param name="MayRetry">Whether the same request can succeed later: clients then get the seconds to wait.</param>
/// <param name="Text">A sentence for people: fixed words, never the client's data.</param>
internal sealed record EmbeddingErrorInfo(string Reason, int Status, StatusCode GrpcStatus, FaultOf Fault, bool MayRetry, string Text);

/// <summary>The one table of errors. Protocols add only their own words.</summary>
internal static class EmbeddingErrors
{
    private const FaultOf Caller = FaultOf.Caller;
    private const FaultOf Server = FaultOf.Server;

    private static readonly FrozenDictionary<EmbeddingErrorKind, EmbeddingErrorInfo> _table = new Dictionary<EmbeddingErrorKind, EmbeddingErrorInfo>
    {
        [EmbeddingErrorKind.BadRequest] = new("bad_request", 400, StatusCode.InvalidArgument, Caller, MayRetry: false, "The request is malformed."),
        [EmbeddingErrorKind.UnsupportedMediaType] = new(
            "unsupported_media_type", 415, StatusCode.InvalidArgument, Caller, MayRetry: false, "Expects Content-Type to be application/json"),
        [EmbeddingErrorKind.BodyTooLarge] = new(
            "body_too_large", 413, StatusCode.InvalidArgument, Caller, MayRetry: false, "The request body is too large."),
        [EmbeddingErrorKind.TooManyImages] = new(
            "too_many_images", 400, StatusCode.InvalidArgument, Caller, MayRetry: false, "The request holds too many images."),
        [EmbeddingErrorKind.BadImage] = new("bad_image", 400, StatusCode.InvalidArgument, Caller, MayRetry: false, "An image was refused."),
        [EmbeddingErrorKind.UnknownModel] = new(
            "unknown_model", 404, StatusCode.NotFound, Caller, MayRetry: false, "The model that the request names is not served."),
        // The request is fine; the served model is not compiled for it.
        [EmbeddingErrorKind.UnsupportedOutput] = new(
            "unsupported_output", 400, StatusCode.FailedPrecondition, Caller, MayRetry: false,
            "The model gives the output 'cls' only: compile it with --patch-tokens, or set Models:PatchTokens, for the others."),
        [EmbeddingErrorKind.Unauthenticated] = new(
            "unauthenticated", 401, StatusCode.Unauthenticated, Caller, MayRetry: false, "A valid API key or token is required."),
        [EmbeddingErrorKind.Forbidden] = new(
            "forbidden", 403, StatusCode.PermissionDenied, Caller, MayRetry: false, "This API key or token may not do that."),
        [EmbeddingErrorKind.RateLimited] = new(
            "rate_limited", 429, StatusCode.ResourceExhausted, Caller, MayRetry: true,
            "The rate limit of this API key is reached. Try again after the seconds in 'Retry-After'."),
        [EmbeddingErrorKind.QuotaExceeded] = new(
            "quota_exceeded", 429, StatusCode.ResourceExhausted, Caller, MayRetry: true,
            "The image quota of this API key is used up. Try again after the seconds in 'Retry-After'."),
        [EmbeddingErrorKind.Overloaded] = new(
            "overloaded", 429, StatusCode.ResourceExhausted, FaultOf.Capacity, MayRetry: true,
            "The service is overloaded. Try again after the seconds in 'Retry-After'."),
        [EmbeddingErrorKind.NoDevice] = new("no_device", 503, StatusCode.Unavailable, Server, MayRetry: false, "No device serves the model now."),
        // The caller's fault when the caller set the deadline: see EmbeddingException.Fault.
        [EmbeddingErrorKind.DeadlineExceeded] = new(
            "deadline_exceeded", 504, StatusCode.DeadlineExceeded, Server, MayRetry: false, "The deadline passed before the answer was ready."),
        [EmbeddingErrorKind.Internal] = new(
            "internal", 500, StatusCode.Internal, Server, MayRetry: false, "An unexpected internal error occurred. Check the logs for more info."),
    }.ToFrozenDictionary();

    /// <summary>The entry of a kind; every kind has one.</summary>
    public static EmbeddingErrorInfo For(EmbeddingErrorKind kind) => _table[kind];

    /// <summary>What a client reads: fixed texts, numbers and the names of served models, nothing else.</summary>
    /// <param name="error">The error.</param>
    /// <param name="models">Names of the served models.</param>
    public static string Message(EmbeddingException error, IReadOnlyList<string> models) => error switch
    {
        { ClientMessage: { } message } => message,
        { Kind: EmbeddingErrorKind.BadImage, ImageError: { } image } => $"Row {error.Row}: {image.Message}",
        { Kind: EmbeddingErrorKind.UnknownModel } => $"{error.Info.Text} Models: [{string.Join(", ", models)}].",
        _ => error.Info.Text,
    };
}
