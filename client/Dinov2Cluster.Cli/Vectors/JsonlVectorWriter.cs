namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Appends to <c>.jsonl</c>: one row of <see cref="VectorJson"/> per line.</summary>
internal sealed class JsonlVectorWriter : IVectorWriter
{
    private const int BufferSize = 1 << 20;

    private readonly FileStream _stream;
    private readonly VectorJson _row = new();

    private JsonlVectorWriter(FileStream stream, VectorFileState state) => (_stream, State) = (stream, state);

    public VectorFileState State { get; }

    /// <inheritdoc cref="VectorFile.OpenWriterAsync"/>
    public static JsonlVectorWriter Open(string path, CancellationToken cancellationToken)
    {
        // Locked: no other process may write the file, or read a half-written row.
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, BufferSize);
        try
        {
            var state = new VectorFileState(path);
            var rows = new JsonlVectorReader(path, stream);
            while (rows.Read())
            {
                cancellationToken.ThrowIfCancellationRequested();
                state.Add(rows.Path, rows.Model, rows.Features.Length);
            }

            stream.SetLength(rows.End);
            stream.Position = rows.End;
            if (rows.Unterminated)
            {
                stream.WriteByte((byte)'\n');
            }

            return new JsonlVectorWriter(stream, state);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public bool Append(string path, ReadOnlySpan<float> features, string model)
    {
        if (!State.Add(path, model, features))
        {
            return false;
        }

        _stream.Write(_row.Write(path, model, features));
        return true;
    }

    public Task FlushAsync(CancellationToken cancellationToken = default) => Task.Run(() => _stream.Flush(flushToDisk: true), cancellationToken);

    public ValueTask DisposeAsync()
    {
        _row.Dispose();
        return _stream.DisposeAsync();
    }
}
