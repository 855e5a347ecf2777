using System.Text;
using Dinov2Cluster.Helm.Tests.Support;
using Dinov2Cluster.TestSupport;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests;

/// <summary>What is random is made once: renderings against a cluster that may have it already.</summary>
public sealed class UpgradeTests : IDisposable
{
    private const string Keys = "vision-dinov2-cluster-keys";
    private const string Redis = "vision-dinov2-cluster-redis";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Key_and_password_outlive_an_upgrade()
    {
        var rendering = await RenderAsync(new()
        {
            [Keys] = new Dictionary<string, string> { ["default"] = "the key of the first installation" },
            [Redis] = new Dictionary<string, string> { ["password"] = "its password" },
        });

        Assert.Equal("the key of the first installation", Entry(rendering, Keys, "default"));
        Assert.Equal("its password", Entry(rendering, Redis, "password"));
    }

    [Fact]
    public async Task A_first_installation_makes_them()
    {
        var first = await RenderAsync([]);
        var second = await RenderAsync([]);

        Assert.Matches("^[A-Za-z0-9]{48}$", Entry(first, Keys, "default"));
        Assert.Matches("^[A-Za-z0-9]{32}$", Entry(first, Redis, "password"));
        Assert.NotEqual(Entry(first, Keys, "default"), Entry(second, Keys, "default"));
    }

    [Fact]
    public async Task What_is_missing_of_a_secret_is_made()
    {
        var rendering = await RenderAsync(new() { [Keys] = new Dictionary<string, string> { ["team-a"] = "of an earlier version" } });

        Assert.Matches("^[A-Za-z0-9]{48}$", Entry(rendering, Keys, "default"));
    }

    private async Task<Rendering> RenderAsync(Dictionary<string, IReadOnlyDictionary<string, string>> secrets)
    {
        await using var server = await SecretsServer.StartAsync(secrets);
        var config = _directory["kubeconfig"];
        await File.WriteAllTextAsync(config, server.KubeConfig, TestContext.Current.CancellationToken);
        return await Rendering.WithAsync(Chart.Defaults, "--dry-run=server", "--disable-openapi-validation", "--kubeconfig", config);
    }

    private static string Entry(Rendering rendering, string secret, string key) => Encoding.UTF8.GetString(rendering.Get<V1Secret>(secret).Data[key]);
}
