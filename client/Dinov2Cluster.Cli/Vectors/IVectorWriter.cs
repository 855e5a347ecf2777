using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>
/// Appends vectors to a file, which may already have some. All vectors of a file have one model and one dimension. After a crash the file
/// still has all flushed rows, and the later rows that were completely written.
/// </summary>
/// <remarks>Not thread-safe. Disposing keeps the appended rows for a later run; <see cref="CompleteAsync"/> finishes the file.</remarks>
internal interface IVectorWriter : IAsyncDisposable
{
    /// <summary>What the file has, also from earlier runs.</summary>
    VectorFileState State { get; }

    /// <summary>Appends one vector. An existing path stays unchanged.</summary>
    /// <param name="path">Path or URL of the image.</param>
    /// <param name="features">Its features, all finite.</param>
    /// <param name="model">Name of the model that computed them.</param>
    /// <returns>False when the file has the path.</returns>
    /// <exception cref="CommandException">The file has another model or dimension, or the features are not a valid vector.</exception>
    /// <exception cref="IOException">The disk is full or failed.</exception>
    bool Append(string path, ReadOnlySpan<float> features, string model);

    /// <summary>Writes all appended rows to the disk: they survive a crash of the machine.</summary>
    Task FlushAsync(CancellationToken cancellationToken = default);

    /// <summary>Flushes, and finishes the file for other programs. Nothing can be appended afterwards.</summary>
    Task CompleteAsync(CancellationToken cancellationToken = default) => FlushAsync(cancellationToken);
}
