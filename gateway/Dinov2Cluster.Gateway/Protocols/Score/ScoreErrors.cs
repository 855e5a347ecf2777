using System.Collections.Frozen;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>The scoring protocol's table of the core's errors.</summary>
internal static class ScoreErrors
{
    private static readonly FrozenDictionary<EmbeddingErrorKind, ScoreError> _table = new Dictionary<EmbeddingErrorKind, ScoreError>
    {
        [EmbeddingErrorKind.TooManyImages] = new(400, "too_many_images", RunFailed: false, "The request holds more images than one request may."),
        [EmbeddingErrorKind.BadImage] = new(400, "bad_image", RunFailed: true, "An image was refused."),
        [EmbeddingErrorKind.UnknownModel] = new(404, "unknown_model", RunFailed: false, "The model that 'azureml-model-deployment' names is not served."),
        [EmbeddingErrorKind.Overloaded] = new(429, "overloaded", RunFailed: false, "The service is overloaded. Try again after the seconds in 'Retry-After'."),
        [EmbeddingErrorKind.NoDevice] = new(503, "no_device", RunFailed: true, "No device serves the model now."),
        [EmbeddingErrorKind.DeadlineExceeded] = new(504, "deadline_exceeded", RunFailed: true, "The deadline passed before the answer was ready."),
        // Azure ML's own words for a failed run.
        [EmbeddingErrorKind.Internal] = new(500, "internal", RunFailed: true, "An unexpected error occurred in scoring script. Check the logs for more info."),
    }.ToFrozenDictionary();

    /// <summary>The entry of a kind; every kind has one.</summary>
    public static ScoreError For(EmbeddingErrorKind kind) => _table[kind];

    /// <summary>What the client is told: nothing but fixed texts, numbers and the names of served models.</summary>
    public static string Describe(EmbeddingException error, IReadOnlyList<string> models) => error switch
    {
        { Kind: EmbeddingErrorKind.BadImage, ImageError: { } image } => $"Row {error.Row}: {image.Message}",
        { Kind: EmbeddingErrorKind.UnknownModel } => $"{For(error.Kind).Message} Models: [{string.Join(", ", models)}].",
        _ => For(error.Kind).Message,
    };
}
