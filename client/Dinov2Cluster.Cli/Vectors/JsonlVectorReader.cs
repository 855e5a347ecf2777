namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Reads <c>.jsonl</c>: one row of <see cref="VectorJson"/> per line. Blank lines are passed over, and a last line that a crash has cut.</summary>
internal sealed class JsonlVectorReader : IVectorReader
{
    private readonly string _file;
    private readonly Stream _stream;
    private readonly LineReader _lines;
    private readonly VectorJson _row = new();
    private int _dimension;

    public JsonlVectorReader(string file, Stream stream)
    {
        (_file, _stream) = (file, stream);
        _lines = new LineReader(stream, file);
    }

    public string Path => _row.Path;

    public string Model => _row.Model;

    public ReadOnlySpan<float> Features => _row.Features;

    /// <summary>Offset in bytes after the last row that was read.</summary>
    public long End { get; private set; }

    /// <summary>Whether the last row that was read lacks its line feed.</summary>
    public bool Unterminated { get; private set; }

    public static JsonlVectorReader Open(string path) => new(path, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read));

    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read());
    }

    public bool Read()
    {
        while (_lines.Read())
        {
            if (_row.TryParse(_lines.Line, withFeatures: true))
            {
                CheckDimension();
                End = _lines.End;
                Unterminated = !_lines.Terminated;
                return true;
            }

            if (!_lines.Terminated && VectorJson.IsCut(_lines.Line))
            {
                return false;
            }

            if (!_lines.Line.Trim(" \t\r"u8).IsEmpty)
            {
                throw new CommandException($"{_file}, line {_lines.Number} is no object with path and embedding; mend it or name another file");
            }
        }

        return false;
    }

    public ValueTask DisposeAsync()
    {
        _row.Dispose();
        return _stream.DisposeAsync();
    }

    private void CheckDimension()
    {
        _dimension = _dimension == 0 ? Features.Length : _dimension;
        if (_dimension != Features.Length)
        {
            throw new CommandException($"{_file}, line {_lines.Number} has {Features.Length} numbers, those before have {_dimension}; mend it or name another file");
        }
    }
}
