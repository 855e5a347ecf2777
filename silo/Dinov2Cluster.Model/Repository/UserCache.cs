namespace Dinov2Cluster.Model.Repository;

/// <summary>Where this product keeps files that it can make again.</summary>
public static class UserCache
{
    private const string FolderName = "dinov2cluster";

    /// <summary>
    /// The current user's cache directory: <c>$XDG_CACHE_HOME/dinov2cluster</c>, else <c>~/.cache/dinov2cluster</c>; on Windows below the
    /// local application data. It may not exist yet.
    /// </summary>
    /// <exception cref="ModelException">The user has no home directory and the variable is not set.</exception>
    public static string DefaultDirectory => Locate(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME"),
        OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Append(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"));

    internal static string Locate(string? variable, string fallback)
    {
        // The XDG specification: a path that is not absolute is ignored.
        var root = Path.IsPathFullyQualified(variable ?? "") ? variable! : fallback;
        return root.Length > 0
            ? Path.Combine(root, FolderName)
            : throw new ModelException("there is no home directory to keep a cache in; set XDG_CACHE_HOME to a directory that can be written");
    }

    private static string Append(string home, string folder) => home.Length > 0 ? Path.Combine(home, folder) : "";
}
