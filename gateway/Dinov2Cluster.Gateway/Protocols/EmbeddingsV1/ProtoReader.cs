namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>Reads the fields of a protobuf message in place: https://protobuf.dev/programming-guides/encoding/.</summary>
/// <param name="message">The message's bytes.</param>
internal struct ProtoReader(ReadOnlyMemory<byte> message)
{
    private const int MaxVarintBytes = 10;
    private int _position;

    /// <summary>Reads the next field.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">The bytes are not a message.</exception>
    public bool TryRead(out ProtoField field)
    {
        field = default;
        if (_position == message.Length)
        {
            return false;
        }

        var tag = Varint();
        var number = tag >> 3;
        if (number is 0 or > int.MaxValue)
        {
            throw new InvalidDataException("A field has no number.");
        }

        // Groups are long deprecated, and proto3 has none.
        field = (tag & 7) switch
        {
            0 => new((int)number, Varint(), default, IsBytes: false),
            1 => new((int)number, Value: 0, Take(sizeof(ulong)), IsBytes: false),
            2 => new((int)number, Value: 0, Take(Varint()), IsBytes: true),
            5 => new((int)number, Value: 0, Take(sizeof(uint)), IsBytes: false),
            _ => throw new InvalidDataException("A field has an unknown wire type."),
        };
        return true;
    }

    private ulong Varint()
    {
        var span = message.Span;
        var value = 0UL;
        for (var i = 0; i < MaxVarintBytes && _position < span.Length; i++)
        {
            var next = span[_position++];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A number does not end.");
    }

    private ReadOnlyMemory<byte> Take(ulong length)
    {
        if (length > (ulong)(message.Length - _position))
        {
            throw new InvalidDataException("A field is longer than its message.");
        }

        var bytes = message.Slice(_position, (int)length);
        _position += (int)length;
        return bytes;
    }
}

/// <summary>A field of a protobuf message.</summary>
/// <param name="Number">Its number in the <c>.proto</c>.</param>
/// <param name="Value">Its value, when it is a varint.</param>
/// <param name="Bytes">Its bytes, when it is anything else.</param>
/// <param name="IsBytes">Whether it has a length of its own: bytes, a string or a message.</param>
internal readonly record struct ProtoField(int Number, ulong Value, ReadOnlyMemory<byte> Bytes, bool IsBytes);
