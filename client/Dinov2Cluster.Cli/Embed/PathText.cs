using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>Paths as a vector file stores them: each in one spelling, so that the next run recognizes it.</summary>
internal static class PathText
{
    public const string InvalidUrl = "is not a valid URL";

    /// <summary>The path without <c>./</c> at the start and slashes at the end; empty for the current directory. URLs stay unchanged.</summary>
    public static string Tidy(string path)
    {
        if (IsUrl(path))
        {
            return path;
        }

        var tidy = path.AsSpan();
        while (tidy.StartsWith("./"))
        {
            tidy = tidy[2..].TrimStart('/');
        }

        var trimmed = tidy.TrimEnd('/');
        return trimmed is "." ? "" : trimmed.IsEmpty && !tidy.IsEmpty ? "/" : trimmed.ToString();
    }

    /// <param name="directory">Empty for the current directory.</param>
    /// <param name="name">A name in it.</param>
    public static string Join(string directory, string name) => directory.Length == 0 ? name : Path.Join(directory, name);

    /// <summary>The image of a path or URL; null for an invalid URL.</summary>
    public static ImageSource? ToSource(string path) =>
        !IsUrl(path) ? ImageSource.FromFile(path)
        : Uri.TryCreate(path, UriKind.Absolute, out var url) ? ImageSource.FromUri(url)
        : null;

    public static bool IsUrl(string path) =>
        path.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || path.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
}
