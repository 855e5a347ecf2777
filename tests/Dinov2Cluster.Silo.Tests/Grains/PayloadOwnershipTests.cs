using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Services;

namespace Dinov2Cluster.Silo.Tests.Grains;

/// <summary>Calls within a silo's process, where the payload itself travels, so that the test sees what became of it.</summary>
public sealed class PayloadOwnershipTests(SiloHosts hosts) : IClassFixture<SiloHosts>
{
    private const int CropBytes = 224 * 224 * 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a/simulated:0/nano", CropBytes, 10, EmbedStatus.Ok)]
    [InlineData("a/simulated:0/nano", CropBytes - 1, 10, EmbedStatus.InvalidRequest)]
    [InlineData("a/simulated:0/nano", CropBytes, 0, EmbedStatus.DeadlineExceeded)]
    [InlineData("a/simulated:9/nano", CropBytes, 10, EmbedStatus.NotServed)]
    public async Task A_rented_payload_is_given_back_whatever_came_of_it(string device, int bytes, int seconds, EmbedStatus status)
    {
        var payload = Rented(bytes);

        var reply = await Device(device).EmbedAsync(new EmbedRequest(payload, 1, TimeSpan.FromSeconds(seconds)), Cancellation);

        Assert.Equal(status, reply.Status);
        Assert.Throws<ObjectDisposedException>(() => payload.Pixels);
    }

    [Theory]
    [InlineData("a", "simulated:0", CropBytes, 10, EmbedStatus.Ok)]
    [InlineData("a", "simulated:0", CropBytes - 1, 10, EmbedStatus.InvalidRequest)]
    [InlineData("a", "simulated:0", CropBytes, 0, EmbedStatus.DeadlineExceeded)]
    [InlineData("a", "simulated:9", CropBytes, 10, EmbedStatus.NotServed)]
    [InlineData("b", "simulated:0", CropBytes, 10, EmbedStatus.Ok)]
    [InlineData("b", "simulated:9", CropBytes, 10, EmbedStatus.NotServed)]
    public async Task A_rented_payload_is_given_back_at_the_endpoint_whoever_owns_the_device(string silo, string device, int bytes, int seconds, EmbedStatus status)
    {
        var payload = Rented(bytes);
        var endpoint = hosts.ServicesOf("a").GetServices<IGrainService>().OfType<ISiloEndpoint>().Single();

        var reply = await endpoint.EmbedAsync(new DeviceAddress(silo, device, "nano"), new EmbedRequest(payload, 1, TimeSpan.FromSeconds(seconds)), Cancellation);

        Assert.Equal(status, reply.Status);
        Assert.Throws<ObjectDisposedException>(() => payload.Pixels);
    }

    [Fact]
    public async Task The_caller_s_own_memory_stays_the_caller_s()
    {
        var pixels = new byte[CropBytes];
        var payload = new CropPayload(pixels);

        var reply = await Device("a/simulated:0/nano").EmbedAsync(new EmbedRequest(payload, 1, TimeSpan.FromSeconds(10)), Cancellation);

        Assert.Equal(EmbedStatus.Ok, reply.Status);
        Assert.True(payload.Pixels.Equals(pixels.AsMemory()));
    }

    [Fact]
    public async Task A_payload_that_goes_to_another_process_stays_the_sender_s()
    {
        var payload = Rented(CropBytes);
        var device = hosts.ServicesOf("b").GetRequiredService<IClusterClient>().GetGrain<IInferenceGrain>("a/simulated:0/nano");

        // Over the wire to the other silo: the payload here is still the caller's, who gives it back.
        var reply = await device.EmbedAsync(new EmbedRequest(payload, 1, TimeSpan.FromSeconds(10)), Cancellation);

        Assert.Equal(EmbedStatus.Ok, reply.Status);
        Assert.Equal(CropBytes, payload.Pixels.Length);
        payload.Release();
        Assert.Throws<ObjectDisposedException>(() => payload.Pixels);
    }

    private IInferenceGrain Device(string key) => hosts.ServicesOf("a").GetRequiredService<IClusterClient>().GetGrain<IInferenceGrain>(key);

    private CropPayload Rented(int bytes)
    {
        var serializer = hosts.ServicesOf("a").GetRequiredService<Serializer>();
        return serializer.Deserialize<CropPayload>(serializer.SerializeToArray(new CropPayload(new byte[bytes])))!;
    }
}
