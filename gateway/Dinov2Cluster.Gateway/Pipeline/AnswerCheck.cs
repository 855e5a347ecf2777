using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Nothing that a device answers goes to a client, or into the cache, unseen.</summary>
internal static class AnswerCheck
{
    /// <summary>Checks the number of features, and that each is one that JSON can say.</summary>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.Internal"/>.</exception>
    public static void ThrowIfBad(RoutedBatch answer, int images, ServedModel model)
    {
        var features = answer.Features.Span;
        if (features.Length != images * model.EmbeddingSize)
        {
            throw new EmbeddingException(
                EmbeddingErrorKind.Internal, $"{features.Length} features came back for {images} images of {model.EmbeddingSize}.");
        }

        foreach (var feature in features)
        {
            if (!float.IsFinite(feature))
            {
                throw new EmbeddingException(EmbeddingErrorKind.Internal, "A feature is not a finite number.");
            }
        }
    }
}
