using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Hosting.Tests;

public sealed class MemoryLimitTests : IDisposable
{
    private const long Machine = 24L << 30;

    private readonly TemporaryDirectory _cgroups = new();

    public void Dispose() => _cgroups.Dispose();

    [Theory]
    [InlineData("memory.max", "536870912\n", 536_870_912)]
    [InlineData("memory.max", "max\n", Machine)]
    [InlineData("memory/memory.limit_in_bytes", "536870912\n", 536_870_912)]
    [InlineData("memory/memory.limit_in_bytes", "9223372036854771712\n", Machine)]
    [InlineData("unrelated", "1", Machine)]
    public async Task The_container_s_limit_counts_and_without_one_the_machine_s_memory(string file, string text, long expected)
    {
        Directory.CreateDirectory(_cgroups["memory"]);
        await File.WriteAllTextAsync(_cgroups[file], text, TestContext.Current.CancellationToken);

        Assert.Equal(expected, MemoryLimit.Read(_cgroups.Path, Machine));
    }
}
