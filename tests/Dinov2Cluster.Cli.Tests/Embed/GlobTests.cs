using Dinov2Cluster.Cli.Embed;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Embed;

public sealed class GlobTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public GlobTests()
    {
        foreach (var name in (string[])["a.jpg", "b.png", "notes.txt", ".hidden.jpg", "x/a.jpg", "x/y/a.jpg", "x/y/z/b.jpg", ".git/a.jpg", "x1/c.jpg"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_directory[name])!);
            File.WriteAllText(_directory[name], "");
        }

        // It forms a circle.
        Directory.CreateSymbolicLink(_directory["x/circle"], _directory.Path);
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("*.jpg", "a.jpg")]
    [InlineData("*", "a.jpg", "b.png")]
    [InlineData("*.txt", "notes.txt")]
    [InlineData(".*.jpg", ".hidden.jpg")]
    [InlineData("?.{jpg,png}", "a.jpg", "b.png")]
    [InlineData("[!a].*", "b.png")]
    [InlineData("**", "a.jpg", "b.png", "x/a.jpg", "x/y/a.jpg", "x/y/z/b.jpg", "x1/c.jpg")]
    [InlineData("**/a.jpg", "a.jpg", "x/a.jpg", "x/y/a.jpg")]
    [InlineData("**/x/**/a.jpg", "x/a.jpg", "x/y/a.jpg")]
    [InlineData("**/**/b.*", "b.png", "x/y/z/b.jpg")]
    [InlineData("x*/*.jpg", "x/a.jpg", "x1/c.jpg")]
    [InlineData("x/circle/b.*", "x/circle/b.png")]
    [InlineData("*/circle/b.*", "x/circle/b.png")]
    [InlineData("x/**/y/*.jpg", "x/y/a.jpg")]
    [InlineData("*/absent/*")]
    public void It_finds_each_file_once(string pattern, params string[] expected)
    {
        var found = Glob.Parse(_directory[pattern]).Files((path, reason) => Assert.Fail($"{path}: {reason}"));

        Assert.Equal(expected.Select(name => _directory[name]).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("a*c", "abc", true)]
    [InlineData("a*c", "ac", true)]
    [InlineData("a*c", "abcd", false)]
    [InlineData("A*", "abc", false)]
    [InlineData("a.c", "abc", false)]
    [InlineData("a+(b)$*", "a+(b)$", true)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[a-c]x", "dx", false)]
    [InlineData("[]]x", "]x", true)]
    [InlineData("[!]a]x", "bx", true)]
    [InlineData("[!]a]x", "]x", false)]
    [InlineData("[a^\\]x", "\\x", true)]
    [InlineData("[c-a]x", "ax", true)]
    [InlineData("[ab", "[ab", true)]
    [InlineData("{ab", "{ab", true)]
    [InlineData("x{a,b*,}y", "xbcdy", true)]
    [InlineData("x{a,b*,}y", "xy", true)]
    [InlineData("a,b?", "a,bc", true)]
    [InlineData("*", ".hidden", false)]
    [InlineData("*", "line\nbreak", true)]
    [InlineData("a?", "a\n", true)]
    public void A_part_matches_whole_names(string pattern, string name, bool expected) => Assert.Equal(expected, new GlobSegment(pattern).Matches(name));

    [Fact]
    public void A_pattern_with_too_many_parts_is_refused()
    {
        Assert.Empty(Glob.Parse(_directory[string.Join('/', Enumerable.Repeat("**", 61)) + "/no"]).Files((_, _) => { }));

        Assert.Throws<CommandException>(() => Glob.Parse(_directory[string.Join('/', Enumerable.Repeat("**", 64))]));
    }
}
