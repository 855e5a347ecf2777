using System.Numerics.Tensors;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Nothing that a device answers goes to a client, or into the cache, unseen.</summary>
internal static class AnswerCheck
{
    /// <summary>Checks the number of features.</summary>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.Internal"/>.</exception>
    public static void ThrowIfBad(GroupResult answer, int images, RouteRequest request)
    {
        if (answer.Features.Length != images * request.FeaturesPerImage)
        {
            throw new EmbeddingException(
                EmbeddingErrorKind.Internal, $"{answer.Features.Length} features came back for {images} images of {request.FeaturesPerImage}.");
        }
    }

    /// <summary>Checks that every feature of a row is a number that JSON can say.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static EmbeddingException? Check(int row, ReadOnlySpan<float> features) =>
        TensorPrimitives.IsFiniteAll(features)
            ? null
            : new EmbeddingException(EmbeddingErrorKind.Internal, "A feature is not a finite number.", row);
}
