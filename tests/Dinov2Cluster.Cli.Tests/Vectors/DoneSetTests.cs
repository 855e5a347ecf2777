using Dinov2Cluster.Cli.Vectors;

namespace Dinov2Cluster.Cli.Tests.Vectors;

public sealed class DoneSetTests
{
    [Fact]
    public void It_knows_what_was_added_letter_by_letter()
    {
        var done = new DoneSet();

        Assert.True(done.Add("a/b.jpg"));
        Assert.False(done.Add("a/b.jpg"));
        Assert.True(done.Add(""));
        Assert.True(done.Add("\ud800"));

        Assert.Equal(3, done.Count);
        Assert.True(done.Contains("a/b.jpg"));
        Assert.True(done.Contains(""));
        Assert.False(done.Contains("a/B.jpg"));
        Assert.False(done.Contains("\ud801"));
    }
}
