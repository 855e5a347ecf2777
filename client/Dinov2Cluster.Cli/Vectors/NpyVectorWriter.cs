using System.Buffers;
using System.Runtime.InteropServices;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Appends to <c>.npy</c> (float32 <c>[N, D]</c>, C order) and to the <see cref="NpyNames"/> beside it.</summary>
/// <remarks>
/// On the disk the data is never behind the names, and the names never behind the number of rows in the header: a crash leaves rows that the
/// header doesn't count, and cuts neither a row nor a name that it does.
/// </remarks>
internal sealed class NpyVectorWriter : IVectorWriter
{
    private const int BufferSize = 1 << 20;
    private const int MaxUnwrittenNames = 1 << 18;

    private readonly FileStream _data;
    private readonly FileStream _names;
    private readonly VectorFileState _state;
    private readonly VectorJson _name = new();
    private readonly ArrayBufferWriter<byte> _unwrittenNames = new();
    private NpyHeader _header;

    private NpyVectorWriter(FileStream data, FileStream names, VectorFileState state, NpyHeader header) =>
        (_data, _names, _state, _header) = (data, names, state, header);

    public DoneSet Done => _state.Done;

    public string? Model => _state.Model;

    public int? Dimension => _state.Dimension;

    /// <summary>Vectors in the file.</summary>
    public long Rows => _header.Rows;

    /// <inheritdoc cref="VectorFile.OpenWriterAsync"/>
    public static NpyVectorWriter Open(string path, CancellationToken cancellationToken) => Open(path, new VectorFileState(path), cancellationToken);

    /// <summary>Opens a file whose rows are a part of something larger.</summary>
    /// <param name="path">The <c>.npy</c> file.</param>
    /// <param name="state">What there is elsewhere; takes up this file's rows.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static NpyVectorWriter Open(string path, VectorFileState state, CancellationToken cancellationToken)
    {
        // Nobody else may write to it, nor read what is half-written.
        var data = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, BufferSize);
        FileStream? names = null;
        try
        {
            if (data.Length == 0)
            {
                names = new FileStream(NpyNames.PathOf(path), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
                var empty = new NpyHeader(0, 0, NpyHeader.DefaultLength);
                empty.Write(data);
                return new NpyVectorWriter(data, names, state, empty);
            }

            var header = NpyHeader.Read(data) ?? throw new CommandException($"{path} is no NumPy array of float32 with two axes in C order; name another file");
            names = new FileStream(NpyNames.PathOf(path), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            var rows = ReadNames(header, data.Length, names, state, cancellationToken);
            if (rows < header.Rows)
            {
                throw new CommandException($"{path} says that it has {header.Rows} rows, and only {rows} are there with their names; remove it with its names or name another file");
            }

            data.SetLength(header.Length + rows * header.RowBytes);
            data.Position = data.Length;
            return new NpyVectorWriter(data, names, state, header with { Rows = rows });
        }
        catch
        {
            names?.Dispose();
            data.Dispose();
            throw;
        }
    }

    public bool Append(string path, ReadOnlySpan<float> features, string model)
    {
        if (!_state.Add(path, model, features))
        {
            return false;
        }

        if (_header.Dimension == 0)
        {
            _header = _header with { Dimension = features.Length };
            _header.Write(_data);
        }

        _data.Write(MemoryMarshal.AsBytes(features));
        _header = _header with { Rows = _header.Rows + 1 };
        _unwrittenNames.Write(_name.Write(path, model));
        if (_unwrittenNames.WrittenCount > MaxUnwrittenNames)
        {
            Flush();
        }

        return true;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => new(Task.Run(Flush, cancellationToken));

    public Task CompleteAsync(CancellationToken cancellationToken = default) => FlushAsync(cancellationToken).AsTask();

    public async ValueTask DisposeAsync()
    {
        if (!_data.CanWrite)
        {
            return;
        }

        try
        {
            Flush();
        }
        finally
        {
            _name.Dispose();
            await _names.DisposeAsync();
            await _data.DisposeAsync();
        }
    }

    /// <summary>Reads the names of whole rows, at most <paramref name="dataLength"/>'s, and cuts off the others.</summary>
    private static long ReadNames(NpyHeader header, long dataLength, FileStream names, VectorFileState state, CancellationToken cancellationToken)
    {
        using var name = new VectorJson();
        var lines = new LineReader(names, names.Name);
        var limit = header.Dimension == 0 ? 0 : (dataLength - header.Length) / header.RowBytes;
        var rows = 0L;
        var end = 0L;
        var terminated = true;
        while (rows < limit && NpyNames.Read(lines, name, names.Name))
        {
            cancellationToken.ThrowIfCancellationRequested();
            state.Add(name.Path, name.Model, header.Dimension);
            (end, terminated) = (lines.End, lines.Terminated);
            rows++;
        }

        if (rows >= header.Rows)
        {
            names.SetLength(end);
            names.Position = end;
            if (!terminated)
            {
                names.WriteByte((byte)'\n');
            }
        }

        return rows;
    }

    private void Flush()
    {
        _data.Flush(flushToDisk: true);
        _names.Write(_unwrittenNames.WrittenSpan);
        _unwrittenNames.ResetWrittenCount();
        _names.Flush(flushToDisk: true);
        _header.Write(_data);
        _data.Flush(flushToDisk: true);
    }
}
