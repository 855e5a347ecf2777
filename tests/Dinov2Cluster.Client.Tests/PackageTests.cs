using System.IO.Compression;
using System.Xml.Linq;
using Dinov2Cluster.Client.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Client.Tests;

[Collection(Command.Builds)]
public sealed class PackageTests
{
    [Fact]
    public async Task The_package_holds_what_its_user_needs()
    {
        using var directory = new TemporaryDirectory();
        await Command.DotnetAsync(
            "pack",
            Path.Combine(RepositoryRoot.Path, "client", "Dinov2Cluster.Client"),
            "--configuration",
            Configuration,
            // What the tests' own build made. Other tests pack it at the same time, so the manifest is written elsewhere.
            "--no-build",
            "-p:NuspecOutputPath=" + directory["manifest"],
            "--output",
            directory["packages"],
            "-p:TreatWarningsAsErrors=true",
            "-maxcpucount:1");

        var package = Directory.GetFiles(directory["packages"], "*.nupkg").Single();
        var symbols = Directory.GetFiles(directory["packages"], "*.snupkg").Single();
        var files = Files(package);
        Assert.Superset(
            new HashSet<string> { "README.md", "lib/net10.0/Dinov2Cluster.Client.dll", "lib/net10.0/Dinov2Cluster.Client.xml" }, files);
        Assert.Contains("lib/net10.0/Dinov2Cluster.Client.pdb", Files(symbols));

        var metadata = Metadata(package);
        Assert.Equal("Dinov2Cluster.Client", metadata["id"].Value);
        Assert.Equal("Apache-2.0", metadata["license"].Value);
        Assert.Equal("README.md", metadata["readme"].Value);
        Assert.NotEmpty(metadata["description"].Value);
        // No heavy packages, and none that only the build needs.
        Assert.Equal(
            [
                "Google.Protobuf",
                "Grpc.Net.Client",
                "Microsoft.Extensions.AI.Abstractions",
                "Microsoft.Extensions.Options.ConfigurationExtensions",
            ],
            metadata["dependencies"].Descendants().Where(element => element.Name.LocalName == "dependency")
                .Select(element => element.Attribute("id")!.Value).Order());
    }

    private static string Configuration => Directory.GetParent(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))!.Name;

    private static HashSet<string> Files(string package)
    {
        using var archive = ZipFile.OpenRead(package);
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }

    private static Dictionary<string, XElement> Metadata(string package)
    {
        using var archive = ZipFile.OpenRead(package);
        using var nuspec = archive.GetEntry("Dinov2Cluster.Client.nuspec")!.Open();
        return XDocument.Load(nuspec).Root!.Elements().Single().Elements().ToDictionary(element => element.Name.LocalName);
    }
}
