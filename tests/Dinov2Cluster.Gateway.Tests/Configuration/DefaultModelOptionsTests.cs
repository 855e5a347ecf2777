using Dinov2Cluster.Gateway.Configuration;

namespace Dinov2Cluster.Gateway.Tests.Configuration;

public sealed class DefaultModelOptionsTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("dinov2-giant", "dinov2-giant")]
    public void An_empty_default_is_none(string name, string? expected) => Assert.Equal(expected, new DefaultModelOptions { Default = name }.Default);
}
