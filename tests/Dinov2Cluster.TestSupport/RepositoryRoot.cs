namespace Dinov2Cluster.TestSupport;

/// <summary>Finds the checkout that the running test assembly was built from.</summary>
public static class RepositoryRoot
{
    /// <summary>Absolute path of the folder that holds <c>Dinov2Cluster.sln</c>.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "Dinov2Cluster.sln")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Dinov2Cluster.sln above {AppContext.BaseDirectory}.");
    }
}
