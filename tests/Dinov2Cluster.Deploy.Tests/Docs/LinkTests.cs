using Dinov2Cluster.TestSupport;
using Dinov2Cluster.TestSupport.Markdown;

namespace Dinov2Cluster.Deploy.Tests.Docs;

/// <summary>Every link of every document that stays in the repository leads somewhere.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Documents => [.. MarkdownFile.All];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_lead_to_files_and_headings_that_exist(string document)
    {
        var broken = new MarkdownFile(document).Links.Where(link => !Uri.TryCreate(link, UriKind.Absolute, out _) && !Resolves(document, link));

        Assert.Empty(broken);
    }

    [Fact]
    public void Every_document_can_be_reached_from_the_readme()
    {
        var reached = new HashSet<string> { "README.md" };
        var next = new Queue<string>(reached);
        while (next.TryDequeue(out var document))
        {
            foreach (var path in new MarkdownFile(document).Links.Select(link => Target(document, link).Path))
            {
                if (path.EndsWith(".md", StringComparison.Ordinal) && File.Exists(Absolute(path)) && reached.Add(path))
                {
                    next.Enqueue(path);
                }
            }
        }

        Assert.Empty(MarkdownFile.All.Where(path => path.StartsWith("docs/", StringComparison.Ordinal)).Except(reached));
    }

    private static bool Resolves(string document, string link)
    {
        var (path, fragment) = Target(document, link);
        return (File.Exists(Absolute(path)) || Directory.Exists(Absolute(path)))
            && (fragment.Length == 0 || new MarkdownFile(path).Anchors.Contains(fragment));
    }

    private static (string Path, string Fragment) Target(string document, string link)
    {
        var parts = link.Split('#', 2);
        var path = parts[0].Length == 0
            ? document
            : Path.GetRelativePath(RepositoryRoot.Path, Path.GetFullPath(Path.Combine(RepositoryRoot.Path, Path.GetDirectoryName(document)!, parts[0])));
        return (path, parts.Length > 1 ? parts[1] : "");
    }

    private static string Absolute(string path) => Path.Combine(RepositoryRoot.Path, path);
}
