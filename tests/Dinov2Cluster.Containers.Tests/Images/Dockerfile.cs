using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Containers.Tests.Images;

/// <summary>One of <c>deploy/docker</c>, as its instructions: https://docs.docker.com/reference/dockerfile/.</summary>
internal sealed partial class Dockerfile
{
    public const string Directory = "deploy/docker";

    private Dockerfile(string text) => Instructions =
    [
        .. Comment().Replace(text, "").Replace("\\\n", " ", StringComparison.Ordinal)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(' ', 2, StringSplitOptions.TrimEntries))
            .Select(words => (words[0], Spaces().Replace(words[1], " "))),
    ];

    /// <summary>Names of the images that there are Dockerfiles for, without <c>dinov2-</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. System.IO.Directory.GetFiles(Path.Combine(RepositoryRoot.Path, Directory), "*.Dockerfile").Select(path => Path.GetFileNameWithoutExtension(path)).Order(),
    ];

    public IReadOnlyList<(string Keyword, string Arguments)> Instructions { get; }

    /// <summary>The instructions of the stage that becomes the image.</summary>
    public IEnumerable<(string Keyword, string Arguments)> Final => Instructions.Skip(Instructions.ToList().FindLastIndex(one => one.Keyword == "FROM"));

    public static Dockerfile Read(string name) => new(File.ReadAllText(Path.Combine(RepositoryRoot.Path, Directory, name + ".Dockerfile")));

    /// <summary>What the final stage says with a keyword that it uses once.</summary>
    public string Says(string keyword) => Assert.Single(Final, one => one.Keyword == keyword).Arguments;

    [GeneratedRegex("^#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
