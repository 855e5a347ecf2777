namespace Dinov2Cluster.Cli.Models;

/// <summary>How much a directory has.</summary>
internal static class DiskUsage
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Bytes of all files in a directory, however deep; links are not followed.</summary>
    public static long Of(string directory) => new DirectoryInfo(directory).EnumerateFiles("*", Everything).Sum(file => file.Length);
}
