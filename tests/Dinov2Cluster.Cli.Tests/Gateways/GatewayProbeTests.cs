using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Gateways;

public sealed class GatewayProbeTests : GatewayTest
{
    [Theory]
    [InlineData("embed")]
    [InlineData("bench")]
    public async Task The_port_of_the_other_protocol_is_said(string command)
    {
        (await TryAsync(command, "grpc", Url("http"))).AssertFailed("speaks HTTP, not gRPC; use the gateway's gRPC port (8081 unless set otherwise) or --protocol http");
        (await TryAsync(command, "http", Url("grpc"))).AssertFailed("speaks gRPC, not HTTP/1.1; use the gateway's HTTP port (8080 unless set otherwise)");
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http")]
    public async Task A_gateway_that_is_not_there_is_said_at_once(string protocol) =>
        (await TryAsync("embed", protocol, $"http://127.0.0.1:{FreePort.Take(1)[0]}")).AssertFailed("can't be reached; is a gateway running there?");

    [Fact]
    public async Task A_port_without_tls_is_said() =>
        (await TryAsync("embed", "grpc", Url("http").Replace("http:", "https:", StringComparison.Ordinal))).AssertFailed("no secure connection could be made");

    [Fact]
    public async Task A_name_that_nobody_has_is_said() =>
        (await TryAsync("embed", "grpc", "http://nobody.invalid")).AssertFailed("no host has this name; check --url");

    private async Task<CommandLineRun> TryAsync(string command, string protocol, string url)
    {
        MakeImages("a.jpg");
        string[] output = command == "embed" ? ["--out", Directory["f.npy"]] : [];
        var run = await RunAsync([command, Directory["a.jpg"], .. output, "--protocol", protocol, "--url", url]);
        Assert.False(File.Exists(Directory["f.npy"]));
        return run;
    }
}
