using System.Text;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Vectors;
using Dinov2Cluster.Client.TestServer;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Support;

/// <summary>A gateway with both protocols, a directory with images that are words, and runs of the tool with them.</summary>
public abstract class GatewayTest : IAsyncLifetime
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected FakeGateway Gateway { get; private set; } = null!;

    protected TemporaryDirectory Directory { get; } = new();

    /// <summary>The environment.</summary>
    protected Dictionary<string, string> Variables { get; } = [];

    public async ValueTask InitializeAsync() => Gateway = await FakeGateway.StartAsync(Token);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Gateway.DisposeAsync();
        Directory.Dispose();
    }

    /// <summary>Creates image files; each contains its own name.</summary>
    protected void MakeImages(params IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(Directory[name])!);
            File.WriteAllText(Directory[name], name);
        }
    }

    /// <summary>The address of a protocol.</summary>
    protected string Url(string protocol) => (protocol == "http" ? Gateway.ScoreAddress : Gateway.GrpcAddress).AbsoluteUri;

    protected Task<CommandLineRun> RunAsync(params string[] arguments) => RunAsync(arguments, null, Token);

    protected Task<CommandLineRun> RunAsync(string[] arguments, string? input, CancellationToken cancellationToken) => CommandLineRun.StartAsync(
        arguments,
        (output, error) => new CommandContext(output, error)
        {
            Variable = name => Variables.GetValueOrDefault(name),
            OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input ?? "")),
        },
        cancellationToken);

    /// <summary>Checks that a vector file has the features of these images, each one once.</summary>
    protected async Task AssertHoldsAsync(string file, params IEnumerable<string> names)
    {
        var rows = new List<(string Path, string Model, float[] Features)>();
        await using var reader = await VectorFile.OpenReaderAsync(file, Token);
        while (await reader.ReadAsync(Token))
        {
            rows.Add((reader.Path, reader.Model, reader.Features.ToArray()));
        }

        var expected = names.Select(name => Directory[name]).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(expected, rows.Select(row => row.Path).Order(StringComparer.Ordinal));
        Assert.All(rows, row =>
        {
            Assert.Equal(FakeGateway.Model, row.Model);
            Assert.Equal(FakeAnswer.For(File.ReadAllBytes(row.Path)).Features, row.Features);
        });
    }
}
