using System.Globalization;
using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;
using Dinov2Cluster.TestSupport.Markdown;

namespace Dinov2Cluster.Standalone.Tests;

/// <summary>Every example of the README against the host that its first command starts.</summary>
public sealed partial class ReadmeTests(RandomStandalone standalone) : IClassFixture<RandomStandalone>, IDisposable
{
    private const string Image = "coffee-420.jpg";

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [GeneratedRegex(@"-?\d+\.\d+(?:[eE][+-]?\d+)?")]
    private static partial Regex Number();

    /// <summary>Every block of the README that does not say why nobody runs it.</summary>
    public static TheoryData<string> Examples => [.. Runnable.Select(example => example.ToString())];

    private static IEnumerable<CodeExample> Runnable =>
        new MarkdownFile("README.md").Examples.Where(example => example.Language is "sh" or "csharp" or "js" && example.NotRun is null);

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_prints_the_features_of_its_image(string position)
    {
        var example = Runnable.Single(example => example.ToString() == position);
        var features = await standalone.Host.EmbedAsync([Image], model: null, Cancellation);
        var addresses = new Dictionary<string, string>
        {
            ["127.0.0.1:8080"] = standalone.Host.Http.BaseAddress!.Authority,
            ["127.0.0.1:8081"] = standalone.Host.GrpcAddress!.Authority,
        };

        var output = await new ExampleRun(addresses, _directory.Path).RunAsync(example, Cancellation);

        Assert.Contains(features[0][0], Number().Matches(output).Select(number => float.Parse(number.ValueSpan, CultureInfo.InvariantCulture)));
    }
}
