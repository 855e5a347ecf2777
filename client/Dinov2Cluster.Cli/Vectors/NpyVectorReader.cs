using System.Runtime.InteropServices;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Reads <c>.npy</c> (float32 <c>[N, D]</c>, C order) with the <see cref="NpyNames"/> beside it.</summary>
internal sealed class NpyVectorReader : IVectorReader
{
    private const int BufferSize = 1 << 20;

    private readonly string _names;
    private readonly Stream _data;
    private readonly Stream _nameStream;
    private readonly LineReader _lines;
    private readonly VectorJson _name = new();
    private readonly float[] _features;
    private long _left;

    private NpyVectorReader(string names, NpyHeader header, Stream data, Stream nameStream)
    {
        (_names, _data, _nameStream, _left) = (names, data, nameStream, header.Rows);
        _lines = new LineReader(nameStream, names);
        _features = new float[header.Dimension];
    }

    public string Path => _name.Path;

    public string Model => _name.Model;

    public ReadOnlySpan<float> Features => _features;

    /// <inheritdoc cref="VectorFile.OpenReaderAsync"/>
    public static NpyVectorReader Open(string path)
    {
        var data = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize);
        try
        {
            var header = NpyHeader.Read(data) ?? throw new CommandException($"{path} is no NumPy array of float32 with two axes in C order; name another file");
            if ((data.Length - header.Length) / Math.Max(header.RowBytes, 1) < header.Rows)
            {
                throw new CommandException($"{path} is cut off: its header says {header.Rows} rows; make it anew");
            }

            var names = NpyNames.PathOf(path);
            return File.Exists(names)
                ? new NpyVectorReader(names, header, data, new FileStream(names, FileMode.Open, FileAccess.Read, FileShare.Read))
                : throw new CommandException($"{names} is missing: line n of it names row n of {System.IO.Path.GetFileName(path)} as {{\"path\":\"...\"}}");
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read());
    }

    public ValueTask DisposeAsync()
    {
        _name.Dispose();
        _nameStream.Dispose();
        return _data.DisposeAsync();
    }

    private bool Read()
    {
        if (_left == 0)
        {
            return false;
        }

        if (!NpyNames.Read(_lines, _name, _names))
        {
            throw new CommandException($"{_names} has fewer names than the array has rows; make both anew");
        }

        _data.ReadExactly(MemoryMarshal.AsBytes(_features.AsSpan()));
        _left--;
        return true;
    }
}
