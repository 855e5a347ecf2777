using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>
/// The header of a NumPy array of float32 <c>[Rows, Dimension]</c> in C order, in
/// <see href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">NumPy's format</see>: magic, version, length of the text, and
/// a Python dictionary padded with spaces to a multiple of 64 bytes, so that the number of rows can be rewritten in place.
/// </summary>
/// <param name="Rows">Vectors.</param>
/// <param name="Dimension">Numbers per vector; 0 while there is no vector.</param>
/// <param name="Length">Bytes of the header; the data follows.</param>
internal sealed partial record NpyHeader(long Rows, int Dimension, int Length)
{
    private const int Prelude = 10;
    private const int MaxLength = 1 << 15;

    /// <summary>The header of a new file, as long as NumPy's own headers.</summary>
    public static NpyHeader Empty { get; } = new(0, 0, 128);

    // "\x93NUMPY"; the first byte is not text.
    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Bytes of one vector.</summary>
    public int RowBytes => Dimension * sizeof(float);

    /// <summary>Reads the header of a file.</summary>
    /// <exception cref="CommandException">It is not a NumPy file, or has another kind of array.</exception>
    public static NpyHeader Read(Stream stream, string file) =>
        TryRead(stream) ?? throw new CommandException($"{file} is not a NumPy array of float32 with two axes in C order; name another file");

    /// <summary>Writes the header at the start of a file.</summary>
    public void Write(Stream stream)
    {
        var bytes = new byte[Length];
        bytes.AsSpan().Fill((byte)' ');
        Magic.CopyTo(bytes);
        (bytes[6], bytes[7]) = (1, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), checked((ushort)(Length - Prelude)));
        var text = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({Rows}, {Dimension}), }}");
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(Prelude, Length - Prelude - 1));
        bytes[^1] = (byte)'\n';
        var position = stream.Position;
        stream.Position = 0;
        stream.Write(bytes);
        stream.Position = Math.Max(position, Length);
    }

    private static NpyHeader? TryRead(Stream stream)
    {
        Span<byte> prelude = stackalloc byte[12];
        if (stream.ReadAtLeast(prelude[..Prelude], Prelude, throwOnEndOfStream: false) < Prelude || !prelude.StartsWith(Magic))
        {
            return null;
        }

        var start = Prelude;
        long length = BinaryPrimitives.ReadUInt16LittleEndian(prelude[8..]);
        if (prelude[6] is 2 or 3)
        {
            start += 2;
            stream.ReadExactly(prelude[Prelude..]);
            length = BinaryPrimitives.ReadUInt32LittleEndian(prelude[8..]);
        }

        if (prelude[6] is < 1 or > 3 || length > MaxLength)
        {
            return null;
        }

        var text = new byte[length];
        stream.ReadExactly(text);
        var match = Dictionary().Match(Encoding.Latin1.GetString(text));
        return match.Success
            && long.TryParse(match.Groups["rows"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var rows)
            && int.TryParse(match.Groups["dimension"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var dimension)
            && dimension <= VectorFile.MaxDimension && (dimension > 0 || rows == 0)
                ? new NpyHeader(rows, dimension, start + (int)length)
                : null;
    }

    // The format requires writers to sort the keys.
    [GeneratedRegex(@"^\s*\{\s*'descr':\s*'<f4',\s*'fortran_order':\s*False,\s*'shape':\s*\((?<rows>\d{1,18}),\s*(?<dimension>\d{1,9})\),?\s*\}\s*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Dictionary();
}
