using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Reads <c>.jsonl</c>: one row of <see cref="VectorJson"/> per line. Skips blank lines, and a last line that a crash has cut off.</summary>
internal sealed class JsonlVectorReader(string file, Stream stream) : IVectorReader
{
    private readonly LineReader _lines = new(stream, file);
    private readonly VectorJson _row = new();
    private int _dimension;

    public string Path => _row.Path;

    public string Model => _row.Model;

    public ReadOnlySpan<float> Features => _row.Features;

    /// <summary>Offset in bytes after the last row.</summary>
    public long End { get; private set; }

    /// <summary>Whether the last row lacks its line feed.</summary>
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
                throw new CommandException($"{file}, line {_lines.Number} is not an object with path and embedding; fix it or name another file");
            }
        }

        return false;
    }

    public ValueTask DisposeAsync()
    {
        _row.Dispose();
        return stream.DisposeAsync();
    }

    private void CheckDimension()
    {
        _dimension = _dimension == 0 ? Features.Length : _dimension;
        if (_dimension != Features.Length)
        {
            throw new CommandException($"{file}, line {_lines.Number} has {Features.Length} numbers, the lines before have {_dimension}; fix it or name another file");
        }
    }
}
