using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Grains.Tests;

public sealed class DeviceAddressTests
{
    [Fact]
    public void The_key_of_an_address_reads_back_as_the_address()
    {
        var address = new DeviceAddress("silo-a", "cpu:0", "facebook/dinov2-giant");

        Assert.True(DeviceAddress.TryParse(address.ToString(), out var parsed));
        Assert.Equal(address, parsed);
        Assert.Equal("silo-a", DeviceAddress.SiloOf(address.ToString()).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("silo")]
    [InlineData("silo/cpu:0")]
    [InlineData("silo//model")]
    [InlineData("/cpu:0/model")]
    public void A_key_with_a_missing_part_is_no_address(string key)
    {
        Assert.False(DeviceAddress.TryParse(key, out var parsed));
        Assert.Null(parsed);
    }

    [Fact]
    public void The_silo_of_a_catalog_key_is_the_whole_key() => Assert.Equal("silo-a", DeviceAddress.SiloOf("silo-a").ToString());
}
