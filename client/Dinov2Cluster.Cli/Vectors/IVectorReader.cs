namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Reads a vector file row by row, in the order of the file, in bounded memory.</summary>
internal interface IVectorReader : IAsyncDisposable
{
    /// <summary>Path or URL of the row's image.</summary>
    string Path { get; }

    /// <summary>Name of the model that made the row's features; empty when the file doesn't say.</summary>
    string Model { get; }

    /// <summary>The row's features, until the next row is read. Every row has as many as the first one.</summary>
    ReadOnlySpan<float> Features { get; }

    /// <summary>Goes to the next row; false after the last one.</summary>
    /// <exception cref="CommandException">The file is damaged, or isn't what its name says.</exception>
    ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default);
}
