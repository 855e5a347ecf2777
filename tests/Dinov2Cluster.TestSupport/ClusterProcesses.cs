using System.Globalization;

namespace Dinov2Cluster.TestSupport;

/// <summary>Silos and gateways as processes of their own, on free ports, with golden nano checkpoints as models.</summary>
/// <param name="redis">Keeps the membership; null for the silo <see cref="Primary"/>'s own memory.</param>
public sealed class ClusterProcesses(RedisServer? redis = null) : IAsyncDisposable
{
    /// <summary>Name of the silo that keeps the membership when no Redis does.</summary>
    public const string Primary = "silo-0";

    private readonly string _directory = Directory.CreateTempSubdirectory("dinov2-cluster-").FullName;
    private readonly Dictionary<string, string[]> _ports = [];
    private readonly List<HostProcess> _processes = [];

    /// <summary>What every process has printed so far, each under its command line.</summary>
    public string Output => string.Join('\n', _processes.Select(process => $"--- {process.CommandLine}\n{process.Output}"));

    /// <summary>Runs a test's body against the clock, and tells what the processes printed when it runs out.</summary>
    /// <param name="limit">Less than the test's own time-out: a test that ran into that one can tell no more.</param>
    /// <param name="body">What to run; ends when its token is cancelled.</param>
    /// <param name="cancellationToken">The test's own.</param>
    /// <exception cref="TimeoutException">The limit passed.</exception>
    public async Task WithinAsync(TimeSpan limit, Func<CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(limit);
        try
        {
            await body(source.Token);
        }
        catch (Exception exception) when (source.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Not done within {limit}.\n{Output}", exception);
        }
    }

    /// <summary>Adds a model that every silo started later serves.</summary>
    public ClusterProcesses WithModel(string name)
    {
        GoldenData.CopyCheckpoint("dinov2-nano", Repository, name);
        return this;
    }

    /// <summary>Starts a silo; under a name that was used before, on the same ports.</summary>
    public HostProcess StartSilo(string name = Primary, params string[] arguments)
    {
        var ports = PortsOf(name);
        var address = new Uri("http://127.0.0.1:" + ports[2]);
        string[] own =
        [
            "--Cluster:SiloName", name,
            "--Cluster:SiloPort", ports[0],
            "--Cluster:GatewayPort", ports[1],
            "--Silo:HttpUrl", address.ToString(),
            "--Models:Repository", Repository,
        ];
        return Add(HostProcess.Start("Dinov2Cluster.Silo.dll", address, [.. Membership, .. own, .. arguments]));
    }

    /// <summary>Starts a gateway on the ports of the name <c>gateway</c>.</summary>
    public HostProcess StartGateway(params string[] arguments) => StartNamedGateway("gateway", arguments);

    /// <summary>Starts one of several gateways.</summary>
    public HostProcess StartNamedGateway(string name, params string[] arguments)
    {
        var address = new Uri("http://127.0.0.1:" + PortsOf(name)[2]);
        var grpc = new Uri("http://127.0.0.1:" + PortsOf(name)[3]);
        string[] own = ["--Cluster:GatewayPort", PortsOf(Primary)[1], "--urls", address.ToString(), "--Gateway:GrpcUrl", grpc.ToString()];
        return Add(HostProcess.Start("Dinov2Cluster.Gateway.dll", address, [.. Membership, .. own, .. arguments], grpcAddress: grpc));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Task.WhenAll(_processes.Select(process => process.DisposeAsync().AsTask()));
        }
        finally
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private string Repository => Path.Combine(_directory, "models");

    private string[] Membership => redis is null
        ? ["--Cluster:PrimaryPort", PortsOf(Primary)[0]]
        : ["--Cluster:Provider", "Redis", "--Cluster:Redis", redis.Configuration];

    private string[] PortsOf(string name)
    {
        if (!_ports.TryGetValue(name, out var ports))
        {
            ports = [.. FreePort.Take(4).Select(port => port.ToString(CultureInfo.InvariantCulture))];
            _ports.Add(name, ports);
        }

        return ports;
    }

    private HostProcess Add(HostProcess process)
    {
        _processes.Add(process);
        return process;
    }
}
