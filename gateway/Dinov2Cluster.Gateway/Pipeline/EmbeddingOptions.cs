using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>What a client may ask for beside the images, in every protocol that can carry it.</summary>
/// <param name="Normalize">Whether each vector is divided by its L2 norm.</param>
/// <param name="Output">Which features.</param>
/// <param name="NullOnError">Whether an image that is refused leaves the others alone: its row then holds the reason. Otherwise it fails the request.</param>
internal readonly record struct EmbeddingOptions(bool Normalize, Output Output, bool NullOnError);
