using System.Buffers;
using System.Runtime.InteropServices;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>The bytes of floats, where they are. For readers of spans only.</summary>
internal sealed class FloatBytes(ReadOnlyMemory<float> floats) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(MemoryMarshal.AsMemory(floats).Span);

    // Messages are written from spans.
    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin() => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        // The floats are the garbage collector's.
    }
}
