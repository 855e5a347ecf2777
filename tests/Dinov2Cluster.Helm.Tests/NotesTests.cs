using Dinov2Cluster.Helm.Tests.Support;

namespace Dinov2Cluster.Helm.Tests;

public sealed class NotesTests
{
    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task They_name_the_release_and_what_to_wait_for(string values)
    {
        var notes = await NotesAsync(values);
        var rendering = await Rendering.OfAsync(values);

        Assert.Contains($"rollout status deployment/{rendering.Gateway.Name} ", notes, StringComparison.Ordinal);
        Assert.Contains($"http://{rendering.Gateway.Name}.{Chart.Namespace}:8080", notes, StringComparison.Ordinal);
        Assert.DoesNotContain("\n\n\n", notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Chart.Defaults, "get secret vision-dinov2-cluster-keys -o jsonpath='{.data.default}' | base64 -d")]
    [InlineData("auth-keys", "get secret vision-dinov2-cluster-keys -o jsonpath='{.data.team\\.b}' | base64 -d")]
    [InlineData("auth-existing", "get secret embedding-keys -o jsonpath='{.data.smoke-test}' | base64 -d")]
    [InlineData("auth-off", "WARNING: auth.enabled is false. Everybody who reaches the gateway may use it.")]
    [InlineData("ingress", "Ingress (gRPC): grpc.embeddings.example.com")]
    [InlineData("new-claim", "helm -n models test vision --logs")]
    [InlineData("gpu-pools", "Pool a100 needs nodes with NVIDIA's driver 580 or later, and GPUs of compute capability 7.5, 8.0, 8.6, 8.9, 9.0 or 12.0.")]
    public async Task They_tell_how_to_go_on(string values, string line) => Assert.Contains(line, await NotesAsync(values), StringComparison.Ordinal);

    [Fact]
    public async Task An_empty_claim_is_told_of() =>
        Assert.Contains("The claim vision-dinov2-cluster-models is new and empty", await NotesAsync("new-claim", "--set", "models.claim.fill=false"), StringComparison.Ordinal);

    private static async Task<string> NotesAsync(string values, params IEnumerable<string> options)
    {
        Assert.SkipUnless(HelmProgram.IsInstalled, HelmProgram.NotInstalled);
        var result = await HelmProgram.RunAsync(
            TestContext.Current.CancellationToken,
            ["install", Chart.Release, Chart.Directory, "--namespace", Chart.Namespace, "--dry-run=client", .. Chart.ValuesOf(values), .. options]);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output[result.Output.IndexOf("\nNOTES:\n", StringComparison.Ordinal)..];
    }
}
