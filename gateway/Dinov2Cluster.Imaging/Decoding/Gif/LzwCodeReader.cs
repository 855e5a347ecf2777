namespace Dinov2Cluster.Imaging.Decoding.Gif;

/// <summary>Reads codes of a varying number of bits across GIF's data blocks.</summary>
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
                    // The end of the data, and the frame still wants pixels.
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
