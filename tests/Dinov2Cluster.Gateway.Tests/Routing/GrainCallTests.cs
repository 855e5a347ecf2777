using System.Net;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class GrainCallTests
{
    private static readonly SiloAddress _endpoint = SiloAddress.New(IPAddress.Loopback, 30000, 0);
    private static readonly SiloCatalog _catalog = WatchedCluster.Catalog("a");

    private readonly IGrainFactory _factory;
    private readonly FakeGrains _grains;

    public GrainCallTests() => (_factory, _grains) = FakeGrains.Create();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "ISiloEndpoint")]
    [InlineData(false, "IInferenceGrain a/cpu:0/m")]
    public async Task A_device_is_called_at_its_silo_s_door_where_that_is_known(bool known, string grain)
    {
        var device = new DeviceState(_catalog.Offers[0].Address, TimeProvider.System);
        device.Follow(_catalog.Offers[0], known ? _endpoint : null);
        var request = new EmbedRequest(new CropPayload(new byte[3]), 1, TimeSpan.FromSeconds(1));
        var reply = EmbedReply.Failed(EmbedStatus.QueueFull, 1, 2);
        _grains.Answer = (_, arguments) => arguments.Contains(request) ? Task.FromResult(reply) : throw new InvalidOperationException();

        Assert.Same(reply, await new GrainDeviceClient(_factory).EmbedAsync(device, request, Cancellation));

        Assert.StartsWith(grain, Assert.Single(_grains.Got), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "ISiloEndpoint")]
    [InlineData(false, "ISiloCatalogGrain a")]
    public async Task A_catalog_is_asked_for_at_the_silo_s_door_where_that_is_known(bool known, string grain)
    {
        _grains.Answer = (_, arguments) => !known || arguments.Contains("a") ? Task.FromResult(_catalog) : throw new InvalidOperationException();

        Assert.Same(_catalog, await new GrainClusterCatalog(_factory).ReadAsync(new SiloMember("a", known ? _endpoint : null), Cancellation));

        Assert.StartsWith(grain, Assert.Single(_grains.Got), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_reading_of_the_members_may_enter_through_another_silo()
    {
        _grains.Answer = (_, _) => Task.FromResult<IReadOnlyList<string>>(["a", "b"]);
        var members = new GrainClusterMembers(_factory);

        Assert.Equal([new("a", null), new("b", null)], await members.ReadAsync(Cancellation));
        await members.ReadAsync(Cancellation);

        Assert.Equal(["IMembershipGrain 0", "IMembershipGrain 1"], _grains.Got);
    }
}
