using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Standalone.Tests;

/// <summary>Code blocks of the README, as a reader copies them.</summary>
/// <param name="Language">What follows the fence, such as <c>sh</c>.</param>
/// <param name="Code">The lines between the fences.</param>
internal sealed record ReadmeExample(string Language, string Code)
{
    private const string Fence = "```";

    /// <summary>The blocks below a heading, up to the next one of any level.</summary>
    public static IReadOnlyList<ReadmeExample> Under(string heading)
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "README.md"));
        var start = Array.FindIndex(lines, line => line.StartsWith('#') && line.TrimStart('#').Trim() == heading);
        Assert.True(start >= 0, $"README.md has no heading '{heading}'.");
        var examples = new List<ReadmeExample>();
        for (var i = start + 1; i < lines.Length && !lines[i].StartsWith('#'); i++)
        {
            if (lines[i].StartsWith(Fence, StringComparison.Ordinal))
            {
                var end = Array.IndexOf(lines, Fence, i + 1);
                examples.Add(new(lines[i][Fence.Length..], string.Join('\n', lines[(i + 1)..end])));
                i = end;
            }
        }

        return examples;
    }
}
