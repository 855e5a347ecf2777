using CsCheck;
using Dinov2Cluster.Client.Sources;

namespace Dinov2Cluster.Client.Tests.Sources;

public sealed class PooledBytesTests
{
    [Fact]
    public void A_stream_of_any_length_and_any_pieces_is_read_whole() =>
        Gen.Select(Gen.Int[0, 200_000], Gen.Int[1, 70_000], Gen.Bool).Sample(
            (length, piece, canSeek) =>
            {
                var content = new byte[length];
                new Random(length).NextBytes(content);
                using var stream = new PieceStream(content, piece, canSeek);

                var bytes = PooledBytes.ReadAsync(stream, 200_000, TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult();

                Assert.True(content.AsSpan().SequenceEqual(bytes!.Written.Span));
                bytes.Return();
                bytes.Return();
            },
            iter: 200);

    [Theory]
    [InlineData(100, 100, true)]
    [InlineData(101, 100, false)]
    public async Task The_limit_is_exact(int length, int limit, bool fits)
    {
        foreach (var canSeek in new[] { true, false })
        {
            using var stream = new PieceStream(new byte[length], 7, canSeek);
            Assert.Equal(fits, await PooledBytes.ReadAsync(stream, limit, TestContext.Current.CancellationToken) is not null);
        }
    }

    private sealed class PieceStream(byte[] content, int piece, bool canSeek) : MemoryStream(content)
    {
        public override bool CanSeek => canSeek;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
