using System.Text.RegularExpressions;

namespace Dinov2Cluster.TestSupport.Markdown;

/// <summary>A Markdown document of the repository: what of it tests compare with the product.</summary>
public sealed partial class MarkdownFile
{
    private const string Fence = "```";

    private readonly List<string> _anchors = [];
    private readonly List<CodeExample> _examples = [];
    private readonly List<string> _links = [];
    private readonly List<(string Heading, string[] Cells)> _rows = [];

    /// <summary>Reads a document.</summary>
    /// <param name="path">Its path, relative to the repository.</param>
    /// <exception cref="InvalidDataException">A fence is not closed.</exception>
    public MarkdownFile(string path)
    {
        Path = path;
        Read(File.ReadAllLines(System.IO.Path.Combine(RepositoryRoot.Path, path)));
    }

    /// <summary>Its path, relative to the repository.</summary>
    public string Path { get; }

    /// <summary>The fragments that lead to its headings, as GitHub makes them.</summary>
    public IReadOnlyList<string> Anchors => _anchors;

    /// <summary>Its fenced blocks, in order.</summary>
    public IReadOnlyList<CodeExample> Examples => _examples;

    /// <summary>Targets of its links and pictures, in order.</summary>
    public IReadOnlyList<string> Links => _links;

    /// <summary>Every document of the repository that is written by hand.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.EnumerateFiles(RepositoryRoot.Path, "*.md", SearchOption.AllDirectories)
            .Select(path => System.IO.Path.GetRelativePath(RepositoryRoot.Path, path))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or "node_modules" || part.StartsWith('.')))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The body rows of the tables below a heading, up to the next heading of any level; cells without their backticks.</summary>
    public IReadOnlyList<string[]> Rows(string heading) =>
        [.. _rows.Where(row => row.Heading == heading).Select(row => Array.ConvertAll(row.Cells, cell => cell.Replace("`", "", StringComparison.Ordinal)))];

    [GeneratedRegex(@"^#{1,6}\s+(.*)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^<!-- not run: (.+) -->$")]
    private static partial Regex NotRun();

    [GeneratedRegex(@"\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)(?:\s+""[^""]*"")?\)|(?:src|srcset|href)=""([^""]+)""")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"[^\p{L}\p{Nd}\p{Mn}_\- ]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkWithText();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex CellBorder();

    [GeneratedRegex(@"^\|[\s:|-]+\|$")]
    private static partial Regex TableRule();

    private void Read(string[] lines)
    {
        var heading = "";
        var isInTable = false;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                var end = Array.IndexOf(lines, Fence, i + 1);
                if (end < 0)
                {
                    throw new InvalidDataException($"{Path}:{i + 1}: the fence is not closed.");
                }

                var reason = i > 0 && NotRun().Match(lines[i - 1]) is { Success: true } match ? match.Groups[1].Value : null;
                _examples.Add(new(Path, i + 1, heading, line[Fence.Length..], string.Join('\n', lines[(i + 1)..end]), reason));
                i = end;
            }
            else if (Heading().Match(line) is { Success: true } title)
            {
                heading = title.Groups[1].Value.Trim();
                AddAnchor(heading);
            }
            else
            {
                _links.AddRange(Link().Matches(CodeSpan().Replace(line, "")).Select(link => link.Groups[1].Success ? link.Groups[1].Value : link.Groups[2].Value));
                // The rule divides a table's head from its body.
                if (TableRule().IsMatch(line))
                {
                    isInTable = true;
                }
                else if (isInTable &= line.StartsWith('|'))
                {
                    _rows.Add((heading, [.. CellBorder().Split(line)[1..^1].Select(cell => cell.Trim())]));
                }
            }
        }
    }

    private void AddAnchor(string heading)
    {
        var text = LinkWithText().Replace(heading, "$1");
        var anchor = NotInAnchors().Replace(text, "").Trim().Replace(' ', '-').ToLowerInvariant();
        var number = 0;
        var free = anchor;
        while (_anchors.Contains(free))
        {
            free = FormattableString.Invariant($"{anchor}-{++number}");
        }

        _anchors.Add(free);
    }
}
