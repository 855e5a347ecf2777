namespace Dinov2Cluster.Deploy.Tests.Observability;

public sealed class PromtoolTests
{
    [Fact]
    public Task The_configuration_is_valid() => CheckAsync("check", "config", DeployFiles.PrometheusConfig);

    [Fact]
    public Task The_rules_are_valid() => CheckAsync(["check", "rules", "--lint=all", "--lint-fatal", .. DeployFiles.Rules]);

    [Fact]
    public Task Alerts_fire_when_they_should_and_only_then() => CheckAsync("test", "rules", DeployFiles.AlertTests);

    private static async Task CheckAsync(params string[] arguments)
    {
        Assert.SkipUnless(Programs.Promtool is not null, Programs.NotInstalled);
        var (exitCode, output) = await Programs.RunAsync(Programs.Promtool, arguments, TestContext.Current.CancellationToken);

        Assert.True(exitCode == 0, output);
    }
}
