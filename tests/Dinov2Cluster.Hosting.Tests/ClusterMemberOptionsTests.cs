using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Hosting.Tests;

public sealed class ClusterMemberOptionsTests
{
    [Fact]
    public void The_defaults_are_one_silo_on_this_machine()
    {
        var options = Read([]);

        Assert.Equal(ClusterProvider.Localhost, options.Provider);
        Assert.Equal("127.0.0.1:6379", options.Redis);
    }

    [Fact]
    public void A_pod_is_named_by_its_environment()
    {
        var options = Read(new() { ["Provider"] = "Redis", ["AdvertisedIp"] = "10.1.2.3", ["SiloName"] = "silo-gpu-0", ["Redis"] = "redis:6379,password=p" });

        Assert.Equal(ClusterProvider.Redis, options.Provider);
        Assert.Equal("silo-gpu-0", options.SiloName);
    }

    [Theory]
    [InlineData("AdvertisedIp", "pod-3.invalid", "Cluster:AdvertisedIp")]
    [InlineData("AdvertisedIp", "10.1.2.3:11111", "Cluster:AdvertisedIp")]
    [InlineData("AdvertisedIp", "", "AdvertisedIp")]
    [InlineData("AdvertisedIp", "0.0.0.0", "Cluster:AdvertisedIp")]
    [InlineData("AdvertisedIp", "::", "Cluster:AdvertisedIp")]
    [InlineData("GatewayPort", "11111", "Cluster:GatewayPort")]
    [InlineData("SiloName", "a/b", "SiloName")]
    [InlineData("Redis", "", "Cluster:Redis")]
    [InlineData("Redis", "ssl=true", "Cluster:Redis")]
    [InlineData("Redis", "redis:6379,nonsense=1", "Cluster:Redis")]
    public void A_bad_value_is_named(string key, string value, string expected)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read(new() { ["Provider"] = "Redis", [key] = value }));

        Assert.Contains(error.Failures, failure => failure.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void All_bad_values_are_named_at_once_and_no_password_is()
    {
        var error = Assert.Throws<OptionsValidationException>(
            () => Read(new() { ["Provider"] = "Redis", ["AdvertisedIp"] = "x y", ["SiloPort"] = "1", ["GatewayPort"] = "1", ["Redis"] = "password=secret" }));

        Assert.Equal(3, error.Failures.Count());
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_outlives_its_redis_and_what_the_user_says_goes_first()
    {
        var redis = RedisConfiguration.Parse("redis:6380,asyncTimeout=7000");

        Assert.False(redis.AbortOnConnectFail);
        Assert.Equal(7000, redis.AsyncTimeout);
        Assert.Equal(2000, redis.ConnectTimeout);
        Assert.Throws<FormatException>(() => RedisConfiguration.Parse(" "));
    }

    private static ClusterMemberOptions Read(Dictionary<string, string?> values)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(value => KeyValuePair.Create("Cluster:" + value.Key, value.Value)))
            .Build();
        using var services = new ServiceCollection().AddClusterMemberOptions(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<ClusterMemberOptions>>().Value;
    }
}
