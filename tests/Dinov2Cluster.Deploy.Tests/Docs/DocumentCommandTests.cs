using Dinov2Cluster.TestSupport;
using Dinov2Cluster.TestSupport.Markdown;

namespace Dinov2Cluster.Deploy.Tests.Docs;

/// <summary>
/// Every shell block of <c>docs/</c> that does not say why not, run from top to bottom as a reader does, beside a gateway and a silo at the addresses that the
/// documents have: 8080 (HTTP), 8081 (gRPC), 8082 (operators) and 9090 (silo).
/// </summary>
public sealed class DocumentCommandTests : IAsyncLifetime
{
    // As the tool is installed.
    private static readonly string _tool = $"dinov2() {{ dotnet '{Path.Combine(AppContext.BaseDirectory, "dinov2.dll")}' \"$@\"; }}\n";

    private readonly TemporaryDirectory _directory = new();
    private readonly ClusterProcesses _cluster = new();
    private readonly Dictionary<string, string> _addresses = [];

    public static TheoryData<string> Documents =>
        [.. MarkdownFile.All.Where(path => path.StartsWith("docs/", StringComparison.Ordinal) && Commands(path).Any())];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var management = new Uri(FormattableString.Invariant($"http://127.0.0.1:{FreePort.Take(1)[0]}"));
        _cluster.WithModel("dinov2-nano");
        var silo = _cluster.StartSilo();
        var gateway = _cluster.StartGateway("--Gateway:ManagementUrl", management.ToString());
        await silo.WaitUntilReadyAsync(Cancellation);
        await gateway.WaitUntilReadyAsync(Cancellation);
        _addresses["127.0.0.1:8080"] = gateway.Http.BaseAddress!.Authority;
        _addresses["127.0.0.1:8081"] = gateway.GrpcAddress!.Authority;
        _addresses["127.0.0.1:8082"] = management.Authority;
        _addresses["127.0.0.1:9090"] = silo.Http.BaseAddress!.Authority;
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Its_commands_work_from_top_to_bottom(string document) =>
        await new ExampleRun(_addresses, _directory.Path) { Prelude = _tool }.RunAllAsync(Commands(document), Cancellation);

    private static IEnumerable<CodeExample> Commands(string document) =>
        new MarkdownFile(document).Examples.Where(example => example.Language == "sh" && example.NotRun is null);
}
