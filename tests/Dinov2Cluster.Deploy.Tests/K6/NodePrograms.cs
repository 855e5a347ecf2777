using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>Programs of Node.js, and their packages.</summary>
internal static class NodePrograms
{
    /// <summary>Skips the test where a program is missing; <c>tests/run.sh</c> says how to get it.</summary>
    public static void Require(string program)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        Assert.SkipUnless(folders.Any(folder => File.Exists(Path.Combine(folder, program))), $"{program} is not installed.");
    }

    /// <summary>Installs the packages of a folder's lock file there.</summary>
    public static async Task InstallPackagesAsync(string directory, CancellationToken cancellationToken)
    {
        var run = await ProgramRun.RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], directory, [], cancellationToken);
        Assert.True(run.ExitCode == 0, $"npm ended with {run.ExitCode}:\n{run.Error}");
    }
}
