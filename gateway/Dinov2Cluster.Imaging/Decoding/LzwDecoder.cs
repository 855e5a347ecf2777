namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>GIF's LZW: codes of 3 to 12 bits, least significant bit first, in blocks of up to 255 bytes.</summary>
internal static class LzwDecoder
{
    private const int MaxCodeBits = 12;
    private const int TableSize = 1 << MaxCodeBits;
    private const int MaxSymbolBits = 8;

    /// <summary>Decodes until the frame is complete.</summary>
    /// <param name="data">The minimum code size and the blocks.</param>
    /// <param name="frame">Receives the pixels.</param>
    public static void Decode(ReadOnlySpan<byte> data, ref GifFrameWriter frame)
    {
        var reader = new ByteReader(data);
        int symbolBits = reader.Take();
        if (symbolBits is 0 or > MaxSymbolBits)
        {
            throw new ImageException(ImageErrorKind.Corrupt);
        }

        var codes = new LzwCodeReader(reader.Rest);
        var clear = 1 << symbolBits;
        var end = clear + 1;
        // A string is its prefix's string plus one symbol, and is written from its end.
        Span<ushort> prefixes = stackalloc ushort[TableSize];
        Span<byte> suffixes = stackalloc byte[TableSize];
        Span<byte> text = stackalloc byte[TableSize + 1];
        var codeBits = symbolBits + 1;
        var next = end + 1;
        var previous = -1;
        byte firstSymbol = 0;
        while (!frame.IsComplete)
        {
            var code = codes.Read(codeBits);
            if (code == clear)
            {
                codeBits = symbolBits + 1;
                next = end + 1;
                previous = -1;
                continue;
            }

            // Only a code in the table, or the next one, can follow; after a clear, only a symbol. The end code is too early while pixels are missing.
            if (code == end || code > next || (previous < 0 && code > clear))
            {
                throw new ImageException(ImageErrorKind.Corrupt);
            }

            var start = text.Length;
            var rest = code;
            if (code == next)
            {
                // This code defines its own string: the previous one plus its first symbol.
                text[--start] = firstSymbol;
                rest = previous;
            }

            while (rest >= clear)
            {
                text[--start] = suffixes[rest];
                rest = prefixes[rest];
            }

            firstSymbol = (byte)rest;
            text[--start] = firstSymbol;
            frame.Write(text[start..]);
            if (previous >= 0 && next < TableSize)
            {
                suffixes[next] = firstSymbol;
                prefixes[next] = (ushort)previous;
                next++;
                if (next == 1 << codeBits && codeBits < MaxCodeBits)
                {
                    codeBits++;
                }
            }

            previous = code;
        }
    }
}

/// <summary>Reads codes of varying length across GIF's data blocks.</summary>
internal ref struct LzwCodeReader(ReadOnlySpan<byte> blocks)
{
    private ByteReader _reader = new(blocks);
    private ReadOnlySpan<byte> _block;
    private uint _bits;
    private int _count;

    public int Read(int bits)
    {
        while (_count < bits)
        {
            if (_block.IsEmpty)
            {
                _block = _reader.TakeBlock();
                if (_block.IsEmpty)
                {
                    // The data ends before the frame is complete.
                    throw new ImageException(ImageErrorKind.Corrupt);
                }
            }

            _bits |= (uint)_block[0] << _count;
            _block = _block[1..];
            _count += 8;
        }

        var code = (int)(_bits & ((1u << bits) - 1));
        _bits >>= bits;
        _count -= bits;
        return code;
    }
}
