using System.Buffers;

namespace Dinov2Cluster.Grains.Tests;

/// <summary>Bytes as a connection gives them: in pieces.</summary>
internal static class CutSequence
{
    public static ReadOnlySequence<byte> Of(byte[] bytes, int size)
    {
        Piece? first = null, last = null;
        foreach (var piece in bytes.Chunk(size))
        {
            last = new Piece(piece, last);
            first ??= last;
        }

        return new(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, Piece? before)
        {
            Memory = bytes;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
