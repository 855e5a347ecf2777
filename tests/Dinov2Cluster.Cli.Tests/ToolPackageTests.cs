using System.IO.Compression;
using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests;

/// <summary>The tool as a package: packed, installed from a folder, and run.</summary>
public sealed class ToolPackageTests : IDisposable
{
    // No source except the folder: the package contains everything that it needs.
    private const string NuGetConfig = """
        <configuration>
          <packageSources>
            <clear />
          </packageSources>
        </configuration>
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_is_packed_installed_and_run()
    {
        var project = Path.Combine(RepositoryRoot.Path, "client", "Dinov2Cluster.Cli");
        await DotnetAsync("pack", project, "--configuration", Configuration, "--no-build", "--output", _directory["packages"]);
        Assert.Single(Directory.GetFiles(_directory["packages"], "*.snupkg"));
        AssertContents(Assert.Single(Directory.GetFiles(_directory["packages"], "*.nupkg")));

        await File.WriteAllTextAsync(_directory["nuget.config"], NuGetConfig, TestContext.Current.CancellationToken);
        await DotnetAsync(
            "tool", "install", "Dinov2Cluster.Cli", "--tool-path", _directory["tools"], "--add-source", _directory["packages"], "--configfile", _directory["nuget.config"]);

        var tool = _directory["tools/dinov2"];
        var version = await ProcessRun.StartAsync(tool, _directory.Path, "--version");
        Assert.Equal((0, ""), (version.ExitCode, version.Error));
        Assert.StartsWith("0.", version.Output, StringComparison.Ordinal);
        GoldenData.CopyCheckpoint("dinov2-nano", _directory["models"]);
        var list = await ProcessRun.StartAsync(tool, _directory.Path, "model", "list");
        Assert.Equal((0, ""), (list.ExitCode, list.Error));
        Assert.Matches("dinov2-nano +checkpoint +128", list.Output);
    }

    private static string Configuration => Directory.GetParent(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))!.Name;

    private static void AssertContents(string package)
    {
        using var zip = ZipFile.OpenRead(package);
        var names = zip.Entries.Select(entry => entry.FullName).ToArray();
        Assert.Contains("README.md", names);
        Assert.Contains("tools/net10.0/any/dinov2.dll", names);
        using var reader = new StreamReader(zip.GetEntry("Dinov2Cluster.Cli.nuspec")!.Open());
        var nuspec = reader.ReadToEnd();
        Assert.Contains("<packageType name=\"DotnetTool\" />", nuspec, StringComparison.Ordinal);
        Assert.Contains("<license type=\"expression\">Apache-2.0</license>", nuspec, StringComparison.Ordinal);
        Assert.Contains("<readme>README.md</readme>", nuspec, StringComparison.Ordinal);
    }

    private async Task DotnetAsync(params string[] arguments)
    {
        var run = await ProcessRun.StartAsync("dotnet", _directory.Path, arguments);
        Assert.True(run.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}:\n{run.Output}\n{run.Error}");
    }
}
