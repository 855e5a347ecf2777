using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Tests.Terminal;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 kB")]
    [InlineData(999_949, "999.9 kB")]
    [InlineData(999_950, "1.0 MB")]
    [InlineData(4_545_931_784, "4.5 GB")]
    [InlineData(long.MaxValue, "9223372.0 TB")]
    public void It_is_short(long bytes, string expected) => Assert.Equal(expected, ByteSize.Format(bytes));
}
