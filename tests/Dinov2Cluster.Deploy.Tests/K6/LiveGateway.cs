using System.Security.Cryptography;
using System.Text;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>A standalone host with the random nano model and two keys with a quota, and the packages with which Node speaks gRPC.</summary>
public sealed class LiveGateway : IAsyncLifetime
{
    /// <summary>Images that the keys <see cref="LimitedKey"/> and <see cref="OtherLimitedKey"/> may have.</summary>
    public const int Quota = 3;

    public const string Key = "a-key-of-a-test-with-no-limit-at-all";
    public const string LimitedKey = "a-key-of-a-test-that-has-a-quota-one";
    public const string OtherLimitedKey = "a-key-of-a-test-that-has-a-quota-two";

    private readonly TemporaryDirectory _directory = new();
    private HostProcess? _host;

    /// <summary>What a scenario is told to reach it.</summary>
    internal Dictionary<string, string> Settings(string key = Key) => new()
    {
        ["BASE_URL"] = _host!.Http.BaseAddress!.ToString(),
        ["GRPC_URL"] = _host.GrpcAddress!.ToString(),
        ["CLUSTER_URL"] = _host.Http.BaseAddress!.ToString(),
        ["GRPC_MODULES"] = _directory["modules"],
        ["API_KEY"] = key,
        ["MODEL"] = "random-nano",
        ["DIMENSIONS"] = "128",
    };

    public async ValueTask InitializeAsync()
    {
        NodePrograms.Require("node");
        NodePrograms.Require("npm");
        var cancellation = TestContext.Current.CancellationToken;
        string[] limits = ["--Auth:Keys:1:ImageQuota", $"{Quota}", "--Auth:Keys:2:ImageQuota", $"{Quota}"];
        _host = StandaloneProcess.Start(
            _directory.Path, [.. KeyArguments(0, "open", Key), .. KeyArguments(1, "limited", LimitedKey), .. KeyArguments(2, "limited-too", OtherLimitedKey), .. limits]);
        Directory.CreateDirectory(_directory["modules"]);
        foreach (var file in new[] { "package.json", "package-lock.json" })
        {
            File.Copy(Path.Combine(K6Folder.Node, file), Path.Combine(_directory["modules"], file));
        }

        await NodePrograms.InstallPackagesAsync(_directory["modules"], cancellation);
        await _host.WaitUntilReadyAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _directory.Dispose();
    }

    private static string[] KeyArguments(int index, string name, string key) =>
    [
        $"--Auth:Keys:{index}:Name", name,
        $"--Auth:Keys:{index}:Sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))),
    ];
}
