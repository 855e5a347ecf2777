using System.Text.RegularExpressions;
using Dinov2Cluster.Helm.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Helm.Tests;

public sealed partial class ReadmeTests : IDisposable
{
    /// <summary>Makes the test write the README instead of comparing it.</summary>
    private const string UpdateVariable = "UPDATE_CHART_README";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("helm/dinov2-cluster/README.md")]
    [InlineData("docs/deployment.md")]
    public async Task Examples_of_values_render(string document)
    {
        var examples = Examples().Matches(await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, document), TestContext.Current.CancellationToken));

        Assert.NotEmpty(examples);
        foreach (Match example in examples)
        {
            await File.WriteAllTextAsync(_directory["values.yaml"], example.Groups[1].Value, TestContext.Current.CancellationToken);
            Assert.NotEmpty((await Rendering.WithAsync(Chart.Defaults, "--values", _directory["values.yaml"])).Silos);
        }
    }

    [Fact]
    public void The_table_of_values_is_what_the_comments_say()
    {
        var path = Chart.PathOf("README.md");
        var expected = ChartReadme.Update(File.ReadAllText(path), ChartReadme.Table(File.ReadAllText(Chart.PathOf("values.yaml"))));

        if (Environment.GetEnvironmentVariable(UpdateVariable) is { Length: > 0 })
        {
            File.WriteAllText(path, expected);
        }

        Assert.True(expected == File.ReadAllText(path), $"The table of values is not what values.yaml says: run this test with {UpdateVariable}=1.");
    }

    [Fact]
    public void A_value_is_told_with_its_default_and_its_comment() =>
        Assert.Equal(
            """
            | key | default | meaning |
            |---|---|---|
            | `a` | `""` | First, of two lines. |
            | `b.c` | `[1, 2]` | Either `x` \| `y`. |
            | `b.d` | `{"e":1}` | A map, as it is. |

            """,
            ChartReadme.Table(
                """
                # -- First,
                # of two lines.
                a: ""
                b:
                  # -- Either `x` | `y`.
                  c: [1, 2]
                  # -- A map, as it is.
                  d:
                    e: 1
                """));

    [Fact]
    public void A_value_without_a_comment_is_an_error() =>
        Assert.Equal("b.c has no comment that begins with '# --'.", Assert.Throws<InvalidOperationException>(() => ChartReadme.Table("b:\n  c: 1\n")).Message);

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Examples();
}
