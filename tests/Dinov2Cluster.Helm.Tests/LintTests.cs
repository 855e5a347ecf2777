using System.Xml.Linq;
using Dinov2Cluster.Helm.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Helm.Tests;

public sealed class LintTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task The_chart_has_no_lint(string values)
    {
        Assert.SkipUnless(HelmProgram.IsInstalled, HelmProgram.NotInstalled);

        var result = await HelmProgram.RunAsync(TestContext.Current.CancellationToken, ["lint", "--strict", Chart.Directory, .. Chart.ValuesOf(values)]);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.DoesNotContain("[WARNING]", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_packaged_under_the_version_of_the_product_and_renders_the_same()
    {
        Assert.SkipUnless(HelmProgram.IsInstalled, HelmProgram.NotInstalled);
        var version = XDocument.Load(Path.Combine(RepositoryRoot.Path, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;

        var packaged = await HelmProgram.RunAsync(TestContext.Current.CancellationToken, "package", Chart.Directory, "--destination", _directory.Path);

        Assert.True(packaged.ExitCode == 0, packaged.Error);
        var package = Path.Combine(_directory.Path, $"dinov2-cluster-{version}.tgz");
        Assert.True(File.Exists(package), packaged.Output);
        var rendered = await HelmProgram.RunAsync(
            TestContext.Current.CancellationToken, ["template", Chart.Release, package, "--namespace", Chart.Namespace, .. Chart.ValuesOf("everything")]);
        var own = await Rendering.OfAsync("everything");
        Assert.Equal(WithoutSecrets(own.Text), WithoutSecrets(rendered.Output));
        Assert.Contains($"app.kubernetes.io/version: \"{version}\"", rendered.Output, StringComparison.Ordinal);
    }

    // Made anew in each rendering away from a cluster.
    private static string WithoutSecrets(string text) => string.Join("\n---\n", text.Split("\n---\n").Where(document => !document.Contains("\nkind: Secret\n", StringComparison.Ordinal)));
}
