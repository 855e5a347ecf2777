namespace Dinov2Cluster.Imaging.Tests.Fetch;

/// <summary>Gives at most so many bytes a read, as a network does.</summary>
internal sealed class PiecewiseStream(byte[] content, int piece) : MemoryStream(content)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
}
