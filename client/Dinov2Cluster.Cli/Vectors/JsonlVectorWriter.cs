namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Appends to <c>.jsonl</c>: one row of <see cref="VectorJson"/> per line.</summary>
internal sealed class JsonlVectorWriter : IVectorWriter
{
    private const int BufferSize = 1 << 20;

    private readonly FileStream _stream;
    private readonly VectorFileState _state;
    private readonly VectorJson _row = new();

    private JsonlVectorWriter(FileStream stream, VectorFileState state) => (_stream, _state) = (stream, state);

    public DoneSet Done => _state.Done;

    public string? Model => _state.Model;

    public int? Dimension => _state.Dimension;

    /// <inheritdoc cref="VectorFile.OpenWriterAsync"/>
    public static JsonlVectorWriter Open(string path, CancellationToken cancellationToken)
    {
        // Nobody else may write to it, nor read what is half-written.
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
        if (!_state.Add(path, model, features))
        {
            return false;
        }

        _stream.Write(_row.Write(path, model, features));
        return true;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => new(Task.Run(() => _stream.Flush(flushToDisk: true), cancellationToken));

    public Task CompleteAsync(CancellationToken cancellationToken = default) => FlushAsync(cancellationToken).AsTask();

    public ValueTask DisposeAsync()
    {
        _row.Dispose();
        return _stream.DisposeAsync();
    }
}
