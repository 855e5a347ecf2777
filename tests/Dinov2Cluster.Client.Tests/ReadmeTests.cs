using System.Text.RegularExpressions;
using Dinov2Cluster.Client.Tests.Support;
using Dinov2Cluster.Client.TestServer;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dinov2Cluster.Client.Tests;

public sealed partial class ReadmeTests : GatewayTest
{
    [Fact]
    public void Every_example_is_compiled()
    {
        var project = Path.Combine(RepositoryRoot.Path, "client", "Dinov2Cluster.Client");
        var readme = File.ReadAllText(Path.Combine(project, "README.md"));
        var compiled = Lines(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "tests", "Dinov2Cluster.Client.Tests", $"{nameof(ReadmeExamples)}.cs")));

        var examples = CSharp().Matches(readme).Select(match => Lines(match.Groups[1].Value)).ToArray();

        Assert.Equal(7, examples.Length);
        Assert.All(examples, example => Assert.Contains(example, compiled, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_examples_that_need_no_network_beyond_the_gateway_run()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?> { ["Dinov2:Address"] = Gateway.GrpcAddress.ToString() }).Build();
        var services = new ServiceCollection();
        ReadmeExamples.DependencyInjection(services, configuration);
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<Dinov2Client>();

        await ReadmeExamples.OptionsAsync(client);
        await ReadmeExamples.GeneratorAsync(provider, Image(1));
        Gateway.OnImage = (_, _) => Task.FromResult<FakeAnswer?>(FakeAnswer.Bad());
        await ReadmeExamples.ErrorsAsync(client, Image(2));

        Assert.Equal(["https://images.example/cat.jpg", "image 1", "image 2"], Gateway.Images.Select(image => image.Text));
    }

    // Without indentation and blank lines.
    private static string Lines(string text) => string.Join(
        '\n', text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();
}
