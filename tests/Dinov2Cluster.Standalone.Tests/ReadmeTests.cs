using System.Globalization;
using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Standalone.Tests;

/// <summary>Every example of the README against the host that its first command starts.</summary>
public sealed partial class ReadmeTests : IAsyncLifetime
{
    private const string Image = "coffee-420.jpg";

    private readonly string _directory = Directory.CreateTempSubdirectory("dinov2-readme-").FullName;
    private HostProcess _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = StandaloneProcess.Start(_directory);
        await _host.WaitUntilReadyAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [GeneratedRegex(@"-?\d+\.\d+(?:[eE][+-]?\d+)?")]
    private static partial Regex Number();

    [Theory]
    [InlineData("Run it", 1)]
    [InlineData("OpenAI", 0)]
    [InlineData("OpenAI", 1)]
    [InlineData("Azure AI Inference", 0)]
    [InlineData("Azure AI Inference", 1)]
    [InlineData("MLflow", 0)]
    [InlineData("Open Inference Protocol", 0)]
    [InlineData("Open Inference Protocol", 1)]
    [InlineData("Open Inference Protocol", 2)]
    [InlineData("gRPC", 0)]
    [InlineData("C# client", 0)]
    [InlineData("C# client", 1)]
    [InlineData("Command line", 0)]
    public async Task An_example_prints_the_features_of_its_image(string heading, int number)
    {
        var example = ReadmeExample.Under(heading).Where(block => block.Language is "sh" or "csharp" or "js").ElementAt(number);
        var features = await _host.EmbedAsync([Image], model: null, Cancellation);

        var output = await ReadmeRun.RunAsync(example, _host, _directory, Cancellation);

        Assert.Contains(features[0][0], Number().Matches(output).Select(number => float.Parse(number.ValueSpan, CultureInfo.InvariantCulture)));
    }
}
