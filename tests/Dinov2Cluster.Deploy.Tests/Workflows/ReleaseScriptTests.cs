using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.Workflows;

/// <summary>The release's scripts, run as the workflow runs them.</summary>
public sealed class ReleaseScriptTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private string? _helm;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_sources_agree_on_the_next_release()
    {
        var props = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "Directory.Build.props"), Cancellation);
        var version = props.Split("<VersionPrefix>")[1].Split('<')[0];

        var (code, output) = await RunAsync("eng/check-version.sh", "v" + version);

        Assert.True(code == 0, output);
        Assert.Equal($"version={version}\n", output);
    }

    [Theory]
    [InlineData("v1.2.3", 0, "version=1.2.3")]
    [InlineData("v1.2.4", 1, "Directory.Build.props", "Chart.yaml's version", "Chart.yaml's appVersion", "gateway.Dockerfile")]
    [InlineData("1.2.3", 1, "is no tag of a release")]
    [InlineData("v1.2.3-rc.1", 1, "is no tag of a release")]
    [InlineData("v1.2.3;id", 1, "is no tag of a release")]
    public async Task A_tag_is_compared_with_every_place_that_has_a_version(string tag, int exitCode, params string[] told)
    {
        await WriteAsync("Directory.Build.props", "<VersionPrefix>1.2.3</VersionPrefix>\n");
        await WriteAsync("helm/dinov2-cluster/Chart.yaml", "name: dinov2-cluster\nversion: 1.2.3\nappVersion: \"1.2.3\"\n");
        await WriteAsync("deploy/docker/gateway.Dockerfile", "FROM scratch\nARG VERSION=1.2.3\n");

        var (code, output) = await RunAsync("eng/check-version.sh", tag, _directory.Path);

        Assert.Equal(exitCode, code);
        Assert.All(told, text => Assert.Contains(text, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("helm/dinov2-cluster/Chart.yaml", "version: 1.2.3\nappVersion: 1.2.2\n", "Chart.yaml's appVersion says '1.2.2'")]
    [InlineData("deploy/docker/silo.Dockerfile", "FROM scratch\n", "silo.Dockerfile says ''")]
    public async Task One_place_that_was_forgotten_fails(string file, string text, string told)
    {
        await WriteAsync("Directory.Build.props", "<VersionPrefix>1.2.3</VersionPrefix>\n");
        await WriteAsync(file, text);

        var (code, output) = await RunAsync("eng/check-version.sh", "v1.2.3", _directory.Path);

        Assert.Equal(1, code);
        Assert.Contains(told, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Packages_have_symbols_and_bills_of_materials()
    {
        // The tests' own build is beside them; another one would get in the way of tests that run now.
        var (code, output) = await RunAsync("eng/pack.sh", _directory.Path, "--no-build");

        Assert.True(code == 0, output);
        foreach (var (package, dependency) in new[] { ("Dinov2Cluster.Client", "Grpc.Net.Client"), ("Dinov2Cluster.Cli", "Parquet.Net") })
        {
            var file = Assert.Single(Directory.EnumerateFiles(_directory.Path, package + ".*.nupkg"));
            Assert.True(File.Exists(Path.ChangeExtension(file, ".snupkg")));
            await using var archive = await ZipFile.OpenReadAsync(file, Cancellation);
            Assert.Contains(archive.Entries, entry => entry.FullName == "README.md");
            using var materials = JsonDocument.Parse(await File.ReadAllTextAsync(_directory[package + ".cdx.json"], Cancellation));
            Assert.Contains(dependency, materials.RootElement.GetProperty("components").EnumerateArray().Select(component => component.GetProperty("name").GetString()));
            var subject = materials.RootElement.GetProperty("metadata").GetProperty("component");
            Assert.Equal(Path.GetFileName(file), $"{package}.{subject.GetProperty("version").GetString()}.nupkg");
        }
    }

    [Fact]
    public async Task The_packaged_chart_runs_the_releases_images()
    {
        // Stands for Helm, and keeps what it was given. A function: the script's shell takes it from the environment.
        _helm = $"() {{ cp \"$2/values.yaml\" '{_directory["values.yaml"]}'; echo \"$@\" > '{_directory["arguments"]}'; }}";

        var (code, output) = await RunAsync("eng/package-chart.sh", "1.2.3", "ghcr.io/somebody", "out");

        Assert.True(code == 0, output);
        Assert.EndsWith("--version 1.2.3 --app-version 1.2.3 --destination out\n", await File.ReadAllTextAsync(_directory["arguments"], Cancellation), StringComparison.Ordinal);
        var before = await File.ReadAllLinesAsync(Path.Combine(RepositoryRoot.Path, "helm/dinov2-cluster/values.yaml"), Cancellation);
        var after = await File.ReadAllLinesAsync(_directory["values.yaml"], Cancellation);
        Assert.Equal(["  registry: \"ghcr.io/somebody\""], after.Except(before));
    }

    [Fact]
    public async Task A_registry_with_capital_letters_is_refused()
    {
        var (code, output) = await RunAsync("eng/package-chart.sh", "1.2.3", "ghcr.io/Somebody", "out");

        Assert.Equal(1, code);
        Assert.Contains("is no registry", output, StringComparison.Ordinal);
    }

    private async Task WriteAsync(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory[file])!);
        await File.WriteAllTextAsync(_directory[file], text, Cancellation);
    }

    private async Task<(int Code, string Output)> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(RepositoryRoot.Path, script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (_helm is not null)
        {
            // How bash exports functions.
            start.Environment["BASH_FUNC_helm%%"] = _helm;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancellation);
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, await output + await errors);
    }
}
