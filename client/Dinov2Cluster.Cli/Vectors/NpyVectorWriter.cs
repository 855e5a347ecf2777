using System.Buffers;
using System.Runtime.InteropServices;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Appends to <c>.npy</c> (float32 <c>[N, D]</c>, C order) and to the <see cref="NpyNames"/> next to it.</summary>
/// <remarks>
/// Flush order on the disk: data, names, then the number of rows in the header. So a crash leaves rows that the header doesn't count, but never cuts
/// off a row or a name that it counts.
/// </remarks>
internal sealed class NpyVectorWriter : IVectorWriter
{
    private const int BufferSize = 1 << 20;
    private const int MaxUnwrittenNames = 1 << 18;

    private readonly FileStream _data;
    private readonly FileStream _names;
    private readonly VectorJson _name = new();
    private readonly ArrayBufferWriter<byte> _unwrittenNames = new();
    private NpyHeader _header;

    private NpyVectorWriter(FileStream data, FileStream names, VectorFileState state, NpyHeader header) =>
        (_data, _names, State, _header) = (data, names, state, header);

    public VectorFileState State { get; }

    /// <summary>Vectors in the file.</summary>
    public long Rows => _header.Rows;

    /// <summary>Opens a file, whose rows may be part of a larger whole.</summary>
    /// <param name="path">The <c>.npy</c> file.</param>
    /// <param name="state">The other rows of the whole; this file's rows are added.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static NpyVectorWriter Open(string path, VectorFileState state, CancellationToken cancellationToken)
    {
        // Locked: no other process may write the file, or read a half-written row.
        var data = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, BufferSize);
        FileStream? names = null;
        try
        {
            if (data.Length == 0)
            {
                names = new FileStream(NpyNames.PathOf(path), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
                NpyHeader.Empty.Write(data);
                return new NpyVectorWriter(data, names, state, NpyHeader.Empty);
            }

            var header = NpyHeader.Read(data, path);
            names = new FileStream(NpyNames.PathOf(path), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            var rows = ReadNames(header, data.Length, names, state, cancellationToken);
            if (rows < header.Rows)
            {
                throw new CommandException($"{path} should have {header.Rows} rows, but only {rows} exist with their names; remove it with its names or name another file");
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
        if (!State.Add(path, model, features))
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

    public Task FlushAsync(CancellationToken cancellationToken = default) => Task.Run(Flush, cancellationToken);

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

    /// <summary>Reads the names of rows whose data is complete in <paramref name="dataLength"/> bytes, and cuts off further names.</summary>
    private static long ReadNames(NpyHeader header, long dataLength, FileStream names, VectorFileState state, CancellationToken cancellationToken)
    {
        using var name = new VectorJson();
        var lines = new LineReader(names, names.Name);
        var limit = header.Dimension == 0 ? 0 : (dataLength - header.Length) / header.RowBytes;
        var rows = 0L;
        var end = 0L;
        var terminated = true;
        while (rows < limit && NpyNames.Read(lines, name))
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
