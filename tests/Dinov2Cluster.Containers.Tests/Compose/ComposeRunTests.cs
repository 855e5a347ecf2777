using Dinov2Cluster.Cluster.Tests;
using Dinov2Cluster.Containers.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Containers.Tests.Compose;

/// <summary>The Compose file as Docker Compose understands it.</summary>
public sealed class ComposeRunTests
{
    private const int NanoFeatures = 128;

    // All that needs no image from a registry.
    private static readonly string[] _cluster = ["gateway", "silo-0", "silo-1"];

    [Fact(Timeout = 60_000)]
    public async Task It_is_valid()
    {
        await ComposeCommand.SkipUnlessInstalledAsync();

        await ComposeCommand.RunAsync(new Dictionary<string, string>(), TestContext.Current.CancellationToken, "config", "--quiet");
    }

    [Fact(Timeout = 300_000)]
    public async Task It_serves_at_once_and_keeps_the_model_of_its_first_start()
    {
        await DockerEngine.SkipUnlessReadyAsync();
        await ComposeCommand.SkipUnlessInstalledAsync();
        var cancellation = TestContext.Current.CancellationToken;
        await using var project = new ComposeProject();

        await project.RunAsync(cancellation, ["up", "--detach", "--no-build", .. _cluster]);
        var features = await EmbedAsync(project, cancellation);
        using var management = new ManagementHost(project.Management);
        await Task.WhenAll(
            management.WaitForSiloAsync("silo-0", "ready", cancellation), management.WaitForSiloAsync("silo-1", "ready", cancellation));
        await project.RunAsync(cancellation, "down", "--timeout", "60");
        await project.RunAsync(cancellation, ["up", "--detach", "--no-build", .. _cluster]);

        Assert.Equal(features, await EmbedAsync(project, cancellation));
        Assert.Contains("not made, since there is random-nano", await project.RunAsync(cancellation, "logs", "model"), StringComparison.Ordinal);
    }

    private static async Task<float[]> EmbedAsync(ComposeProject project, CancellationToken cancellationToken)
    {
        await Until.TrueAsync(() => project.IsReadyAsync(cancellationToken), cancellationToken);
        var features = Assert.Single(await project.EmbedAsync([KnownAnswers.Image], model: null, cancellationToken));
        Assert.Equal(NanoFeatures, features.Length);
        return features;
    }
}
