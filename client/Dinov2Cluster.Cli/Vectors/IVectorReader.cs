using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Reads a vector file row by row, in the order of the file, in bounded memory.</summary>
internal interface IVectorReader : IAsyncDisposable
{
    /// <summary>Path or URL of the row's image.</summary>
    string Path { get; }

    /// <summary>Name of the model that computed the row's features; empty when the file doesn't have it.</summary>
    string Model { get; }

    /// <summary>The row's features, valid until the next row is read. Every row has the same number.</summary>
    ReadOnlySpan<float> Features { get; }

    /// <summary>Moves to the next row; false after the last row.</summary>
    /// <exception cref="CommandException">The file is damaged, or has another format than its name says.</exception>
    ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default);
}
