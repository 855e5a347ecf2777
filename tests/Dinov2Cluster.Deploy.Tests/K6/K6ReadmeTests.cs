using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>The README of the scenarios against the scenarios.</summary>
public sealed partial class K6ReadmeTests
{
    /// <summary>Environment variables that the scenarios read.</summary>
    public static IReadOnlyList<string> Settings { get; } =
        [.. Variable().Matches(K6Folder.Read("lib/settings.js")).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Images that a run takes when it is told no others.</summary>
    public static IReadOnlyList<string> DefaultImages { get; } =
        [.. ImageFile().Matches(K6Folder.Read("lib/settings.js")).Select(match => match.Groups[1].Value)];

    private static string Readme { get; } = K6Folder.Read("README.md");

    [Fact]
    public void Its_table_has_every_setting_and_no_other() =>
        Assert.Equal(Settings, TableName().Matches(Readme).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));

    [Fact]
    public void It_tells_of_every_scenario() =>
        Assert.All(K6Folder.Scenarios, scenario => Assert.Contains($"| `{scenario}` |", Readme, StringComparison.Ordinal));

    [Fact]
    public async Task It_explains_every_metric()
    {
        var names = await NodeScript.RunAsync(
            "import * as names from './lib/names.js'; console.log(JSON.stringify(Object.values(names).flatMap((name) => typeof name === 'object' ? Object.values(name) : typeof name === 'string' ? [name] : [])));",
            TestContext.Current.CancellationToken);

        Assert.NotEmpty(names.AsArray());
        Assert.All(names.AsArray(), name => Assert.Contains($"`{(string)name!}`", Readme, StringComparison.Ordinal));
    }

    [Fact]
    public void The_default_images_are_in_the_repository()
    {
        Assert.Equal(6, DefaultImages.Count);
        Assert.All(DefaultImages, image => Assert.True(File.Exists(Path.Combine(RepositoryRoot.Path, "tests", "golden", "images", image)), image));
    }

    [GeneratedRegex("(?:env\\['|env, ')([A-Z][A-Z0-9_]+)'")]
    private static partial Regex Variable();

    [GeneratedRegex("'([\\w-]+\\.(?:jpg|webp|png))'")]
    private static partial Regex ImageFile();

    [GeneratedRegex("^\\| `([A-Z][A-Z0-9_]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex TableName();
}
