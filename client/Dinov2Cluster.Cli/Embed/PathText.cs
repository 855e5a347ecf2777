using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>Paths as they are kept in a vector file: one way to write each, so that the next run knows it again.</summary>
internal static class PathText
{
    /// <summary>The path without <c>./</c> in front and slashes at the end; empty for the current directory.</summary>
    public static string Tidy(string path)
    {
        var tidy = path.AsSpan();
        while (tidy.StartsWith("./"))
        {
            tidy = tidy[2..].TrimStart('/');
        }

        var trimmed = tidy.TrimEnd('/');
        return trimmed is "." ? "" : trimmed.IsEmpty && !tidy.IsEmpty ? "/" : trimmed.ToString();
    }

    /// <param name="directory">Empty for the current one.</param>
    /// <param name="name">A name in it.</param>
    public static string Join(string directory, string name) => directory.Length == 0 ? name : Path.Join(directory, name);

    /// <summary>The image that a path or URL names; null when it is neither.</summary>
    public static ImageSource? ToSource(string path) =>
        !IsUrl(path) ? ImageSource.FromFile(path)
        : Uri.TryCreate(path, UriKind.Absolute, out var url) ? ImageSource.FromUri(url)
        : null;

    /// <summary>Whether it is the URL of an image, not a path.</summary>
    public static bool IsUrl(string path) =>
        path.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || path.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
}
