using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>The scenarios' types, against k6's own, as strictly as tsc can.</summary>
public sealed class TypeCheckTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_types_are_right_and_a_wrong_one_would_be_seen()
    {
        NodePrograms.Require("npm");
        string[] files =
        [
            "package.json", "package-lock.json", "tsconfig.json",
            .. Directory.GetFiles(Path.Combine(K6Folder.Root, "lib")), .. Directory.GetFiles(Path.Combine(K6Folder.Root, "scenarios")),
        ];
        foreach (var file in files)
        {
            var path = Path.GetRelativePath(K6Folder.Root, Path.Combine(K6Folder.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(_directory[path])!);
            File.Copy(Path.Combine(K6Folder.Root, path), _directory[path]);
        }

        await NodePrograms.InstallPackagesAsync(_directory.Path, Cancellation);

        var right = await CheckAsync();
        await File.WriteAllTextAsync(_directory["scenarios/wrong.js"], "import { start } from '../lib/run.js';\nstart('steady', ({ p99 }) => p99);\n", Cancellation);
        var wrong = await CheckAsync();

        Assert.True(right.ExitCode == 0, right.Output);
        Assert.NotEqual(0, wrong.ExitCode);
        Assert.Contains("scenarios/wrong.js(2,", wrong.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lock_files_name_no_registry() =>
        Assert.All(
            [Path.Combine(K6Folder.Root, "package-lock.json"), Path.Combine(K6Folder.Node, "package-lock.json")],
            file => Assert.DoesNotContain("\"resolved\"", File.ReadAllText(file), StringComparison.Ordinal));

    private Task<ProgramRun> CheckAsync() => ProgramRun.RunAsync("npm", ["run", "--silent", "check"], _directory.Path, [], Cancellation);
}
