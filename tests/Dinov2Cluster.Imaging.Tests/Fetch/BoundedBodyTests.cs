using CsCheck;
using Dinov2Cluster.Imaging.Fetch;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

public class BoundedBodyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64 * 1024)]
    [InlineData(64 * 1024 + 1)]
    [InlineData(1024 * 1024)]
    [InlineData(1024 * 1024 + 1)]
    [InlineData(3_000_000)]
    public async Task A_body_up_to_the_limit_is_read_whole(int length)
    {
        var body = Bytes(length);
        foreach (var declared in new long?[] { null, length })
        {
            using var buffer = await ReadAsync(body, declared, max: 3_000_000);
            Assert.True(buffer.Memory.Span.SequenceEqual(body));
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(64 * 1024)]
    [InlineData(1_500_000)]
    public async Task A_byte_over_the_limit_is_refused(int max)
    {
        using (await ReadAsync(Bytes(max), null, max))
        {
            await Assert.ThrowsAsync<FetchRefusedException>(() => ReadAsync(Bytes(max + 1), null, max));
            await Assert.ThrowsAsync<FetchRefusedException>(() => ReadAsync(Bytes(max + 1), max + 1, max));
        }
    }

    [Fact]
    public async Task A_declared_length_over_the_limit_is_refused_before_a_byte_is_read()
    {
        using var body = new MemoryStream(Bytes(10));
        await Assert.ThrowsAsync<FetchRefusedException>(
            () => BoundedBody.ReadAsync(body, 1L << 40, 100, TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(0, body.Position);
    }

    [Fact]
    public async Task Any_length_in_any_pieces_comes_back_as_sent() =>
        await Gen.Select(Gen.Int[0, 300_000], Gen.Int[1, 100_000]).SampleAsync(
            async (length, piece) =>
            {
                var body = Bytes(length);
                using var stream = new PiecewiseStream(body, piece);
                using var buffer = await BoundedBody.ReadAsync(stream, null, 300_000, CancellationToken.None);
                return buffer.Memory.Span.SequenceEqual(body);
            },
            seed: "0N0XIzNsQ0O2",
            iter: 50);

    private static async Task<PooledBuffer> ReadAsync(byte[] body, long? declared, int max)
    {
        using var stream = new MemoryStream(body);
        return await BoundedBody.ReadAsync(stream, declared, max, TestContext.Current.CancellationToken);
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    // Returns at most this many bytes per read, as a network does.
    private sealed class PiecewiseStream(byte[] content, int piece) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
