using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.TestSupport;
using Microsoft.AspNetCore.Http;

namespace Dinov2Cluster.Cli.Tests.Hub;

/// <summary>A hub with a model, and runs that pull from it.</summary>
public abstract class PullTestBase : IAsyncLifetime
{
    protected const string Weights = "model.safetensors";

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected FakeHub Hub { get; private set; } = null!;

    // Pauses between attempts end immediately; a connection may stand still for longer.
    private protected TestClock Time { get; } = new() { PassesUpTo = TimeSpan.FromSeconds(29) };

    /// <summary>The environment.</summary>
    protected Dictionary<string, string> Variables { get; } = [];

    /// <summary>Holds the repository of models.</summary>
    protected TemporaryDirectory Parent { get; } = new();

    protected string Output => Parent["models/dinov2-nano"];

    protected string Staging => Parent[$"models/.dinov2-nano.{FakeHub.Commit}.pull"];

    public async ValueTask InitializeAsync()
    {
        Hub = await FakeHub.StartAsync();
        Variables["HF_ENDPOINT"] = Hub.Endpoint;
        foreach (var path in Directory.EnumerateFiles(GoldenData.Checkpoint("dinov2-nano")))
        {
            Hub.Files.Add(Path.GetFileName(path), await File.ReadAllBytesAsync(path, Token));
        }

        Hub.Files.Add("README.md", [1]);
        Hub.Files.Add("pytorch_model.bin", [2]);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Parent.Dispose();
        return Hub.DisposeAsync();
    }

    protected static Task AbortAsync(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    protected static JsonObject Sibling(JsonObject listing, string name) =>
        listing["siblings"]!.AsArray().Single(sibling => (string?)sibling!["rfilename"] == name)!.AsObject();

    protected byte[] Wrong(string file) => [.. Hub.Files[file][..^1], (byte)(Hub.Files[file][^1] ^ 1)];

    /// <summary>Leaves the beginning of the weights, like an earlier run.</summary>
    protected async Task LeaveAsync(int length, string tag)
    {
        Directory.CreateDirectory(Staging);
        await File.WriteAllBytesAsync(Path.Combine(Staging, Weights + ".part"), Hub.Files[Weights].AsMemory(0, length), Token);
        await File.WriteAllTextAsync(Path.Combine(Staging, Weights + ".part.etag"), tag, Token);
    }

    /// <summary>Answers the first request for a file in a special way, and the others in another way or as usual.</summary>
    protected void Once(string name, Func<HttpContext, string, Task> first, Func<HttpContext, string, Task>? then = null)
    {
        var count = 0;
        Hub.Intercept = async (context, file) =>
        {
            var answer = file != name ? null : count++ == 0 ? first : then;
            if (answer is not null)
            {
                await answer(context, file);
            }

            return answer is not null;
        };
    }

    protected void AssertWhole(params string[] files)
    {
        Assert.Equal(files, Directory.EnumerateFileSystemEntries(Output).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.True(Hub.Files[file].AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(Output, file)))));
        Assert.Equal([Output], Directory.EnumerateFileSystemEntries(Parent["models"]));
    }

    protected Task<CommandLineRun> PullAsync(long freeSpace = long.MaxValue, CancellationToken? cancellationToken = null) =>
        RunAsync(["model", "pull", FakeHub.Id, "--output", Output], freeSpace, cancellationToken ?? Token);

    protected Task<CommandLineRun> RunAsync(string[] arguments, long freeSpace, CancellationToken cancellationToken) => CommandLineRun.StartAsync(
        arguments,
        (output, error) => new CommandContext(output, error) { Time = Time, FreeSpace = _ => freeSpace, Variable = name => Variables.GetValueOrDefault(name) },
        cancellationToken);
}
