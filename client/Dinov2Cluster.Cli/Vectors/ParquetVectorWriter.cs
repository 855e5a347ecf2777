namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Appends to <c>.parquet</c>, with a journal next to it.</summary>
/// <remarks>
/// Appending to a Parquet file is not safe, because its directory is at its end. New rows go to <c>features.parquet.part.npy</c> (and its
/// <see cref="NpyNames"/>), which survives a crash; completing writes the rows of the file and of the journal to a new file, which replaces the old
/// one atomically.
/// </remarks>
internal sealed class ParquetVectorWriter : IVectorWriter
{
    private readonly string _path;
    private readonly NpyVectorWriter _journal;

    private ParquetVectorWriter(string path, NpyVectorWriter journal) => (_path, _journal) = (path, journal);

    public VectorFileState State => _journal.State;

    /// <summary>The file with new rows, until the Parquet file is complete.</summary>
    public static string JournalOf(string path) => path + ".part.npy";

    /// <inheritdoc cref="VectorFile.OpenWriterAsync"/>
    public static async Task<ParquetVectorWriter> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var state = new VectorFileState(path);
        if (File.Exists(path))
        {
            await using var rows = await ParquetVectorReader.OpenAsync(path, cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                state.Add(rows.Path, rows.Model, rows.Features.Length);
            }
        }

        var inFile = state.Done.Count;
        var journal = NpyVectorWriter.Open(JournalOf(path), state, cancellationToken);
        if (journal.Rows > 0 && state.Done.Count == inFile)
        {
            // A crash came after the journal was added to the file.
            await DeleteAsync(journal, path);
            journal = NpyVectorWriter.Open(JournalOf(path), state, cancellationToken);
        }

        return new ParquetVectorWriter(path, journal);
    }

    public bool Append(string path, ReadOnlySpan<float> features, string model) => _journal.Append(path, features, model);

    public Task FlushAsync(CancellationToken cancellationToken = default) => _journal.FlushAsync(cancellationToken);

    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        await _journal.FlushAsync(cancellationToken);
        await _journal.DisposeAsync();
        if (_journal.Rows > 0 || !File.Exists(_path))
        {
            await MergeAsync(cancellationToken);
        }

        await DeleteAsync(_journal, _path);
    }

    public ValueTask DisposeAsync() => _journal.Rows == 0 ? DeleteAsync(_journal, _path) : _journal.DisposeAsync();

    private async Task MergeAsync(CancellationToken cancellationToken)
    {
        var temporary = _path + ".part";
        try
        {
            await using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
            {
                await using (var rows = await ParquetRowWriter.CreateAsync(stream, cancellationToken))
                {
                    if (File.Exists(_path))
                    {
                        await CopyAsync(await ParquetVectorReader.OpenAsync(_path, cancellationToken), rows, cancellationToken);
                    }

                    await CopyAsync(NpyVectorReader.Open(JournalOf(_path)), rows, cancellationToken);
                    await rows.FlushAsync(cancellationToken);
                }

                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, _path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static async Task CopyAsync(IVectorReader from, ParquetRowWriter to, CancellationToken cancellationToken)
    {
        await using (from)
        {
            while (await from.ReadAsync(cancellationToken))
            {
                await to.AppendAsync(from, cancellationToken);
            }
        }
    }

    private static async ValueTask DeleteAsync(NpyVectorWriter journal, string path)
    {
        await journal.DisposeAsync();
        // In this order: names without their array are ignored.
        File.Delete(JournalOf(path));
        File.Delete(NpyNames.PathOf(JournalOf(path)));
    }
}
