using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Hosting;

namespace Dinov2Cluster.Gateway.Tests.Configuration;

public sealed class GatewayOptionsTests
{
    [Theory]
    [InlineData("Gateway:MaxBodyBytes", "0")]
    [InlineData("Gateway:MaxBodyBytes", "1000000000")]
    [InlineData("Gateway:MaxImagesPerRequest", "513")]
    [InlineData("Gateway:Deadline", "00:00:00")]
    [InlineData("Gateway:Deadline", "2.00:00:00")]
    [InlineData("Gateway:DrainDelay", "-00:00:01")]
    [InlineData("Admission:MaxQueueTime", "00:00:00")]
    [InlineData("Admission:MaxImagesPerDevice", "0")]
    [InlineData("Cache:MaxBytes", "-1")]
    [InlineData("Gateway:FetchParallelism", "0")]
    [InlineData("Gateway:StreamImagesInFlight", "0")]
    [InlineData("Admission:MaxImages", "0")]
    [InlineData("Imaging:MaxPixels", "0")]
    [InlineData("Fetch:MaxBytes", "0")]
    public async Task A_setting_that_makes_no_sense_stops_the_start_and_is_named(string key, string value)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => GatewayHost.StartAsync(new() { [key] = value }));

        Assert.Contains(key.Split(':')[1], Assert.Single(StartupErrors.Describe(error) ?? []), StringComparison.Ordinal);
    }
}
