using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Reads the lines of a stream as bytes, in bounded memory, with their positions.</summary>
internal sealed class LineReader(Stream stream, string file)
{
    // A vector of the largest dimension, with about 15 characters per number, and its path.
    private const int MaxLine = 4 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _lineLength;
    private int _next;
    private int _filled;

    /// <summary>Name of the file, for messages.</summary>
    public string File => file;

    /// <summary>The line, without its line feed, valid until the next line is read.</summary>
    public ReadOnlySpan<byte> Line => _buffer.AsSpan(_next - _lineLength - (Terminated ? 1 : 0), _lineLength);

    /// <summary>Whether a line feed ends the line; only the last line can lack it.</summary>
    public bool Terminated { get; private set; }

    /// <summary>Number of the line, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Offset in bytes after the line and its line feed.</summary>
    public long End { get; private set; }

    /// <summary>Moves to the next line; false at the end.</summary>
    /// <exception cref="CommandException">A line is too long for a vector.</exception>
    public bool Read()
    {
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_next + searched, _filled - _next - searched).IndexOf((byte)'\n');
            if (found >= 0)
            {
                return Take(searched + found, terminated: true);
            }

            searched = _filled - _next;
            if (searched > MaxLine)
            {
                throw new CommandException($"{file}, line {Number + 1} is over {MaxLine >> 20} MB, too long for a vector; name another file");
            }

            if (!Fill())
            {
                return searched > 0 && Take(searched, terminated: false);
            }
        }
    }

    private bool Take(int length, bool terminated)
    {
        Terminated = terminated;
        _lineLength = length;
        var consumed = length + (terminated ? 1 : 0);
        _next += consumed;
        End += consumed;
        Number++;
        return true;
    }

    private bool Fill()
    {
        if (_next > 0)
        {
            _buffer.AsSpan(_next, _filled - _next).CopyTo(_buffer);
            _filled -= _next;
            _next = 0;
        }

        if (_filled == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var count = stream.Read(_buffer.AsSpan(_filled));
        _filled += count;
        return count > 0;
    }
}
