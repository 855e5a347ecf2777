namespace Dinov2Cluster.Imaging.Tests;

public sealed class PooledBufferTests
{
    [Fact]
    public void Growing_keeps_the_content()
    {
        using var buffer = PooledBuffer.Rent(3);
        "abc"u8.CopyTo(buffer.Writable.Span);

        buffer.Grow(100_000);

        Assert.Equal(100_000, buffer.Length);
        Assert.Equal("abc"u8, buffer.Memory.Span[..3]);
    }

    [Fact]
    public void Truncating_shortens_the_bytes_in_use()
    {
        using var buffer = PooledBuffer.Rent(10);

        buffer.Truncate(4);

        Assert.Equal(4, buffer.Memory.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Truncate(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Grow(3));
    }

    [Fact]
    public void Detaching_moves_the_bytes_and_disposes_the_buffer()
    {
        var buffer = PooledBuffer.Rent(3);
        "abc"u8.CopyTo(buffer.Writable.Span);
        buffer.Truncate(2);

        using var detached = buffer.Detach();

        Assert.Equal("ab"u8, detached.Memory.Span);
        Assert.Throws<ObjectDisposedException>(() => buffer.Memory);
        Assert.Throws<ObjectDisposedException>(buffer.Detach);
    }

    [Fact]
    public void A_disposed_buffer_cannot_be_read()
    {
        var buffer = PooledBuffer.Rent(10);

        buffer.Dispose();
        buffer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => buffer.Memory);
    }
}
