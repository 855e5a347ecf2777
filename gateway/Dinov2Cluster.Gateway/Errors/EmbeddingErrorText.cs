namespace Dinov2Cluster.Gateway.Errors;

/// <summary>What clients and metrics are told of an error, in every protocol: nothing but fixed texts, numbers and the names of served models.</summary>
internal static class EmbeddingErrorText
{
    /// <summary>A word that programs can rely on; few values, so it is a tag of the metrics too.</summary>
    public static string Reason(EmbeddingErrorKind kind) => kind switch
    {
        EmbeddingErrorKind.BadRequest => "bad_request",
        EmbeddingErrorKind.UnsupportedMediaType => "unsupported_media_type",
        EmbeddingErrorKind.BodyTooLarge => "body_too_large",
        EmbeddingErrorKind.TooManyImages => "too_many_images",
        EmbeddingErrorKind.BadImage => "bad_image",
        EmbeddingErrorKind.UnknownModel => "unknown_model",
        EmbeddingErrorKind.UnsupportedOutput => "unsupported_output",
        EmbeddingErrorKind.Unauthenticated => "unauthenticated",
        EmbeddingErrorKind.Forbidden => "forbidden",
        EmbeddingErrorKind.RateLimited => "rate_limited",
        EmbeddingErrorKind.QuotaExceeded => "quota_exceeded",
        EmbeddingErrorKind.Overloaded => "overloaded",
        EmbeddingErrorKind.NoDevice => "no_device",
        EmbeddingErrorKind.DeadlineExceeded => "deadline_exceeded",
        EmbeddingErrorKind.Internal => "internal",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };

    /// <summary>A sentence for people.</summary>
    /// <param name="error">The error.</param>
    /// <param name="models">Names of the served models.</param>
    public static string Message(EmbeddingException error, IReadOnlyList<string> models) => error switch
    {
        { ClientMessage: { } message } => message,
        { Kind: EmbeddingErrorKind.BadImage, ImageError: { } image } => $"Row {error.Row}: {image.Message}",
        { Kind: EmbeddingErrorKind.UnknownModel } => $"{Message(error.Kind)} Models: [{string.Join(", ", models)}].",
        _ => Message(error.Kind),
    };

    private static string Message(EmbeddingErrorKind kind) => kind switch
    {
        EmbeddingErrorKind.BadRequest => "The request is malformed.",
        EmbeddingErrorKind.UnsupportedMediaType => "Expects Content-Type to be application/json",
        EmbeddingErrorKind.BodyTooLarge => "The request body is too large.",
        EmbeddingErrorKind.TooManyImages => "The request holds more images than one request may.",
        EmbeddingErrorKind.BadImage => "An image was refused.",
        EmbeddingErrorKind.UnknownModel => "The model that the request names is not served.",
        EmbeddingErrorKind.UnsupportedOutput => "The model gives the output 'cls' only: compile it with --patch-tokens, or set Models:PatchTokens, for the others.",
        EmbeddingErrorKind.Unauthenticated => "A valid API key or token is required.",
        EmbeddingErrorKind.Forbidden => "This API key or token may not do that.",
        EmbeddingErrorKind.RateLimited => "The rate limit of this API key is reached. Try again after the seconds in 'Retry-After'.",
        EmbeddingErrorKind.QuotaExceeded => "The image quota of this API key is used up. Try again after the seconds in 'Retry-After'.",
        EmbeddingErrorKind.Overloaded => "The service is overloaded. Try again after the seconds in 'Retry-After'.",
        EmbeddingErrorKind.NoDevice => "No device serves the model now.",
        EmbeddingErrorKind.DeadlineExceeded => "The deadline passed before the answer was ready.",
        EmbeddingErrorKind.Internal => "An unexpected internal error occurred. Check the logs for more info.",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };
}
