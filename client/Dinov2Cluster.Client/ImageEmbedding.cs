namespace Dinov2Cluster.Client;

/// <summary>The features of one image.</summary>
public sealed class ImageEmbedding
{
    /// <summary>Creates an embedding, for example in a test.</summary>
    /// <param name="features"><paramref name="vectors"/> * <paramref name="dimensions"/> features, vector by vector.</param>
    /// <param name="vectors">Number of vectors, at least 1.</param>
    /// <param name="dimensions">Features per vector, at least 1.</param>
    /// <param name="model">Name of the model.</param>
    /// <exception cref="ArgumentException"><paramref name="features"/> has another length.</exception>
    public ImageEmbedding(ReadOnlyMemory<float> features, int vectors, int dimensions, string model)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vectors, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        ArgumentNullException.ThrowIfNull(model);
        if (features.Length != (long)vectors * dimensions)
        {
            throw new ArgumentException($"{features.Length} features aren't {vectors} vectors of {dimensions}.", nameof(features));
        }

        (Features, Vectors, Dimensions, Model) = (features, vectors, dimensions, model);
    }

    /// <summary>All features, float32: <see cref="Vectors"/> * <see cref="Dimensions"/>, vector by vector.</summary>
    public ReadOnlyMemory<float> Features { get; }

    /// <summary>Number of vectors: 1, or the number of patches for <see cref="EmbedOutput.PatchTokens"/>.</summary>
    public int Vectors { get; }

    /// <summary>Features per vector.</summary>
    public int Dimensions { get; }

    /// <summary>Name of the model that answered; empty when the server doesn't report it.</summary>
    public string Model { get; }

    /// <summary>Returns one vector: <see cref="Dimensions"/> features.</summary>
    /// <param name="index">From 0 to <see cref="Vectors"/> - 1.</param>
    public ReadOnlyMemory<float> Vector(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Vectors);
        return Features.Slice(index * Dimensions, Dimensions);
    }
}
