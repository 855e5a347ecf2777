using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Grpc;

public sealed class GrpcHealthTests : IAsyncLifetime
{
    private const string Service = "dinov2.v1.Embeddings";

    private readonly TestClock _time = new();
    private GatewayHost _host = null!;
    private GrpcChannel _channel = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(new() { ["Gateway:DrainDelay"] = "00:00:07" }, _time);
        _channel = GrpcChannel.ForAddress(_host.GrpcAddress);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _host.DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData(Service)]
    [InlineData("inference.GRPCInferenceService")]
    public async Task A_service_serves_while_the_gateway_is_ready(string service)
    {
        var before = await CheckAsync(service);
        var stop = _host.StopAsync();
        await _time.WaitBegunAsync(TimeSpan.FromSeconds(7), Cancellation);
        var draining = await CheckAsync(service);
        _time.Advance(TimeSpan.FromSeconds(7));
        await stop.WaitAsync(Cancellation);

        Assert.Equal((ServingStatus.Serving, ServingStatus.NotServing), (before, draining));
    }

    [Fact]
    public async Task Without_a_model_nothing_serves()
    {
        _host.Router.Served.Clear();

        Assert.Equal(ServingStatus.NotServing, await CheckAsync(""));
        Assert.DoesNotContain(_host.Logs.GetSnapshot(), log => log.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_not_found()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => CheckAsync("dinov2.v9.Nothing"));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task A_watch_tells_when_readiness_changes()
    {
        using var call = new Health.HealthClient(_channel).Watch(new HealthCheckRequest { Service = Service }, cancellationToken: Cancellation);
        await call.ResponseStream.MoveNext(Cancellation);
        var first = call.ResponseStream.Current.Status;
        _host.Router.Served.Clear();
        // The state that it had when the watch began can come once more.
        var last = first;
        while (last == ServingStatus.Serving && await call.ResponseStream.MoveNext(Cancellation))
        {
            last = call.ResponseStream.Current.Status;
        }

        Assert.Equal((ServingStatus.Serving, ServingStatus.NotServing), (first, last));
    }

    [Fact]
    public async Task Reflection_lists_the_services_and_describes_ours()
    {
        using var call = new ServerReflection.ServerReflectionClient(_channel).ServerReflectionInfo(cancellationToken: Cancellation);
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" }, Cancellation);
        await call.ResponseStream.MoveNext(Cancellation);
        var names = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToList();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = Service }, Cancellation);
        await call.ResponseStream.MoveNext(Cancellation);
        var file = Google.Protobuf.Reflection.FileDescriptorProto.Parser.ParseFrom(
            call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto[0]);

        Assert.Contains(Service, names);
        Assert.Contains("grpc.health.v1.Health", names);
        Assert.Equal(["Embed", "EmbedStream"], file.Service.Single().Method.Select(method => method.Name));
    }

    private async Task<ServingStatus> CheckAsync(string service) =>
        (await new Health.HealthClient(_channel).CheckAsync(new HealthCheckRequest { Service = service }, cancellationToken: Cancellation)).Status;
}
