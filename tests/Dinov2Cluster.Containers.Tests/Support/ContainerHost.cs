using System.Globalization;
using Dinov2Cluster.TestSupport;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;

namespace Dinov2Cluster.Containers.Tests.Support;

/// <summary>One of the product's hosts in a container, as locked up as a careful operator would have it.</summary>
internal sealed class ContainerHost : ITestHost, IAsyncDisposable
{
    private readonly INetwork _network;
    private readonly string _name;
    private readonly int _port;

    public ContainerHost(INetwork network, string image, string name, int port, string models, RestartPolicyKind restart, IReadOnlyDictionary<string, string> environment)
    {
        (_network, _name, _port) = (network, name, port);
        Container = new ContainerBuilder(image)
            .WithNetwork(network)
            .WithNetworkAliases(name)
            .WithHostname(name)
            .WithEnvironment(environment)
            .WithBindMount(models, "/models", DotNet.Testcontainers.Configurations.AccessMode.ReadOnly)
            .WithPortBinding(port, assignRandomHostPort: true)
            .WithCreateParameterModifier(parameters => LockUp(parameters, restart))
            .Build();
        // Finds out where the host is anew for each connection: a container that comes back to its network may have another port.
        var handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync, PooledConnectionLifetime = Timeout.InfiniteTimeSpan };
        Http = new HttpClient(handler) { BaseAddress = new Uri($"http://{name}"), Timeout = TimeSpan.FromMinutes(2) };
    }

    public IContainer Container { get; }

    public HttpClient Http { get; }

    private static void LockUp(CreateContainerParameters parameters, RestartPolicyKind restart)
    {
        var host = parameters.HostConfig!;
        host.ReadonlyRootfs = true;
        host.CapDrop = ["ALL"];
        host.SecurityOpt = ["no-new-privileges"];
        host.Tmpfs = new Dictionary<string, string> { ["/tmp"] = "", ["/cache"] = "uid=1654" };
        host.RestartPolicy = new RestartPolicy { Name = restart };
        // The command is the image's own; only the test waits less.
        parameters.Healthcheck = new HealthcheckConfig { Interval = TimeSpan.FromSeconds(1) };
        foreach (var binding in host.PortBindings!.Values.SelectMany(bindings => bindings))
        {
            binding.HostIP = "127.0.0.1";
        }
    }

    /// <summary>Waits until <c>/health/ready</c> says 200.</summary>
    /// <exception cref="InvalidOperationException">The time was up before; the message holds what the host printed.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Until.TrueAsync(() => this.IsReadyAsync(cancellationToken), cancellationToken);
        }
        catch (OperationCanceledException exception)
        {
            throw new InvalidOperationException($"{_name} was not ready in time:\n{await LogsAsync(CancellationToken.None)}", exception);
        }
    }

    /// <summary>Ends it as a crash does (SIGKILL).</summary>
    public Task KillAsync(CancellationToken cancellationToken) =>
        DockerEngine.Client.Containers.KillContainerAsync(Container.Id, new ContainerKillParameters { Signal = "SIGKILL" }, cancellationToken);

    /// <summary>Pulls its cable out.</summary>
    public Task DisconnectAsync(CancellationToken cancellationToken) => DockerEngine.Client.Networks.DisconnectNetworkAsync(
        _network.Name, new NetworkDisconnectParameters { Container = Container.Id, Force = true }, cancellationToken);

    /// <summary>Puts the cable back.</summary>
    public Task ConnectAsync(CancellationToken cancellationToken) => DockerEngine.Client.Networks.ConnectNetworkAsync(
        _network.Name,
        new NetworkConnectParameters { Container = Container.Id, EndpointConfig = new EndpointSettings { Aliases = [_name] } },
        cancellationToken);

    /// <summary>All that the engine knows of it.</summary>
    public Task<ContainerInspectResponse> InspectAsync(CancellationToken cancellationToken) =>
        DockerEngine.Client.Containers.InspectContainerAsync(Container.Id, cancellationToken);

    /// <summary>Whether it runs, how it ended, and how it is.</summary>
    public async Task<State> StateAsync(CancellationToken cancellationToken) => (await InspectAsync(cancellationToken)).State!;

    /// <summary>What it has printed, on both streams.</summary>
    public async Task<string> LogsAsync(CancellationToken cancellationToken)
    {
        var (output, error) = await Container.GetLogsAsync(timestampsEnabled: false, ct: cancellationToken);
        return output + error;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        var log = await LogsAsync(CancellationToken.None);
        if ((await StateAsync(CancellationToken.None)).Running)
        {
            // Nobody waits for its answers any more.
            await KillAsync(CancellationToken.None);
        }

        await Container.DisposeAsync();
        LoggedErrors.ThrowIfAny(_name, log);
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var container = await InspectAsync(cancellationToken);
        var bindings = container.NetworkSettings!.Ports!.TryGetValue($"{_port}/tcp", out var found) ? found : null;
        var port = bindings is { Count: > 0 } ? bindings[0].HostPort : throw new HttpRequestException($"{_name} has no port at present.");
        var client = new System.Net.Sockets.TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", int.Parse(port, CultureInfo.InvariantCulture), cancellationToken);
            return client.GetStream();
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }
}
