using System.Runtime.InteropServices;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Reads <c>.npy</c> (float32 <c>[N, D]</c>, C order) with the <see cref="NpyNames"/> next to it.</summary>
internal sealed class NpyVectorReader : IVectorReader
{
    private const int BufferSize = 1 << 20;

    private readonly FileStream _data;
    private readonly FileStream _names;
    private readonly LineReader _lines;
    private readonly VectorJson _name = new();
    private readonly float[] _features;
    private long _left;

    private NpyVectorReader(NpyHeader header, FileStream data, string names)
    {
        (_data, _left) = (data, header.Rows);
        _names = new FileStream(names, FileMode.Open, FileAccess.Read, FileShare.Read);
        _lines = new LineReader(_names, names);
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
            var header = NpyHeader.Read(data, path);
            if ((data.Length - header.Length) / Math.Max(header.RowBytes, 1) < header.Rows)
            {
                throw new CommandException($"{path} is truncated: its header says {header.Rows} rows; create it again");
            }

            var names = NpyNames.PathOf(path);
            return File.Exists(names)
                ? new NpyVectorReader(header, data, names)
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
        if (_left == 0)
        {
            return ValueTask.FromResult(false);
        }

        if (!NpyNames.Read(_lines, _name))
        {
            throw new CommandException($"{_lines.File} has fewer names than the array has rows; create both again");
        }

        _data.ReadExactly(MemoryMarshal.AsBytes(_features.AsSpan()));
        _left--;
        return ValueTask.FromResult(true);
    }

    public ValueTask DisposeAsync()
    {
        _name.Dispose();
        _names.Dispose();
        return _data.DisposeAsync();
    }
}
