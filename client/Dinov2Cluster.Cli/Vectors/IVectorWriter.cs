namespace Dinov2Cluster.Cli.Vectors;

/// <summary>
/// Appends vectors to a file that may have some already. All vectors of a file are of one model and one dimension. After a crash the file
/// is opened again with the rows that were flushed, and those of later ones that were written whole.
/// </summary>
/// <remarks>For one caller at a time. Disposing keeps what was appended, for a later run to go on; <see cref="CompleteAsync"/> makes the file whole.</remarks>
internal interface IVectorWriter : IAsyncDisposable
{
    /// <summary>The paths that the file has, those of former runs too.</summary>
    DoneSet Done { get; }

    /// <summary>The model of the file's vectors; null while it has none.</summary>
    string? Model { get; }

    /// <summary>Numbers per vector; null while the file has none.</summary>
    int? Dimension { get; }

    /// <summary>Appends one vector. A path that the file has already is left as it is.</summary>
    /// <param name="path">Path or URL of the image.</param>
    /// <param name="features">Its features, all finite.</param>
    /// <param name="model">Name of the model that made them.</param>
    /// <returns>False when the file has the path.</returns>
    /// <exception cref="CommandException">The file's vectors are of another model or dimension, or the features are no vector.</exception>
    /// <exception cref="IOException">The disk is full or failed.</exception>
    bool Append(string path, ReadOnlySpan<float> features, string model);

    /// <summary>Puts all that was appended on the disk: it survives a crash of the machine.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken = default);

    /// <summary>Flushes and makes the file whole for other programs. Nothing can be appended afterwards.</summary>
    Task CompleteAsync(CancellationToken cancellationToken = default);
}
