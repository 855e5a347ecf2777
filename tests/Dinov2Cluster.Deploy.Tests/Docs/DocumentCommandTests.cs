using Dinov2Cluster.TestSupport;
using Dinov2Cluster.TestSupport.Markdown;

namespace Dinov2Cluster.Deploy.Tests.Docs;

/// <summary>
/// Every shell block of <c>docs/</c> that does not say why not, run from top to bottom as a reader does, beside a gateway and a silo at the addresses that the
/// documents have: 8080 (HTTP), 8081 (gRPC), 8082 (operators) and 9090 (silo).
/// </summary>
public sealed class DocumentCommandTests(DocumentCluster cluster) : IClassFixture<DocumentCluster>, IDisposable
{
    // As the tool is installed.
    private static readonly string _tool = $"dinov2() {{ dotnet '{Path.Combine(AppContext.BaseDirectory, "dinov2.dll")}' \"$@\"; }}\n";

    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Documents =>
        [.. MarkdownFile.All.Where(path => path.StartsWith("docs/", StringComparison.Ordinal) && Commands(path).Any())];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Its_commands_work_from_top_to_bottom(string document) =>
        await new ExampleRun(cluster.Replacements, _directory.Path) { Prelude = _tool }.RunAllAsync(Commands(document), Cancellation);

    private static IEnumerable<CodeExample> Commands(string document) =>
        new MarkdownFile(document).Examples.Where(example => example.Language == "sh" && example.NotRun is null);
}
