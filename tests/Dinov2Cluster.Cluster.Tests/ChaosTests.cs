using System.Diagnostics;
using System.Text.Json.Nodes;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

public sealed class ChaosTests
{
    [Fact(Timeout = 240_000)]
    public async Task In_a_minute_of_chaos_nothing_is_lost_and_nothing_mixed_up()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);

        var (report, progress) = await RunAsync(TestContext.Current.CancellationToken);

        // Not its exit code: how long the slowest request took is no matter for a busy machine.
        Assert.True(
            (int)report["failed"]! == 0 && (int)report["mixed"]! == 0 && (int)report["accepted"]! == (int)report["answered"]!,
            $"{report.ToJsonString()}\n{progress}");
        Assert.True((int)report["answered"]! > 0);
        Assert.True((int)report["killed"]! + (int)report["terminated"]! + (int)report["frozen"]! > 0, progress);
    }

    private static async Task<(JsonNode Report, string Progress)> RunAsync(CancellationToken cancellationToken)
    {
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "Dinov2Cluster.Chaos.dll"), "chaos", "--seconds", "60"];
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var progress = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            var last = (await output).TrimEnd().Split('\n')[^1];
            Assert.True(last.StartsWith('{'), await progress);
            return (JsonNode.Parse(last)!, await progress);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
