using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Model.Tests.Repository;

public sealed class UserCacheTests
{
    [Theory]
    [InlineData("/var/cache/me", "/home/me/.cache", "/var/cache/me/dinov2cluster")]
    [InlineData(null, "/home/me/.cache", "/home/me/.cache/dinov2cluster")]
    [InlineData("", "/home/me/.cache", "/home/me/.cache/dinov2cluster")]
    [InlineData("not/absolute", "/home/me/.cache", "/home/me/.cache/dinov2cluster")]
    public void The_variable_wins_when_it_is_absolute(string? variable, string fallback, string expected) =>
        Assert.Equal(expected, UserCache.Locate(variable, fallback));

    [Fact]
    public void Without_a_home_the_message_says_what_to_set()
    {
        var error = Assert.Throws<ModelException>(() => UserCache.Locate(variable: null, fallback: ""));

        Assert.Contains("set XDG_CACHE_HOME", error.Message, StringComparison.Ordinal);
    }
}
