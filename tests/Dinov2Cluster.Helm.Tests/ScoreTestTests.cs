using Dinov2Cluster.Helm.Tests.Support;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests;

/// <summary>The pod of <c>helm test</c>.</summary>
public sealed class ScoreTestTests
{
    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task It_scores_an_image_through_the_service_of_callers(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        if (values == "minimal")
        {
            Assert.Empty(rendering.All<V1Pod>());
            return;
        }

        var pod = Assert.Single(rendering.All<V1Pod>());
        Assert.Equal("test", pod.GetAnnotation("helm.sh/hook"));
        var container = Assert.Single(pod.Spec.Containers);
        Assert.Equal(["embed", "/images/coffee.webp", "--out", "/tmp/features.jsonl", "--patience", "120s"], container.Args);
        var url = new Uri(container.Env.Single(variable => variable.Name == "DINOV2_URL").Value);
        Assert.Equal("grpc", Assert.Single(rendering.Get<V1Service>(url.Host).Spec.Ports, port => port.Port == url.Port).Name);
        var images = rendering.Get<V1ConfigMap>(pod.Spec.Volumes.Single(volume => volume.Name == "images").ConfigMap.Name);
        Assert.Equal("test", images.GetAnnotation("helm.sh/hook"));
        Assert.Equal(File.ReadAllBytes(Chart.PathOf("files", "test", "coffee.webp")), images.BinaryData["coffee.webp"]);
    }

    [Theory]
    [InlineData(Chart.Defaults, "vision-dinov2-cluster-keys", "default")]
    [InlineData("auth-keys", "vision-dinov2-cluster-keys", "team.b")]
    [InlineData("auth-existing", "embedding-keys", "smoke-test")]
    public async Task It_has_a_key_that_is_no_hash(string values, string secret, string key)
    {
        var pod = Assert.Single((await Rendering.OfAsync(values)).All<V1Pod>());

        var variable = Assert.Single(pod.Spec.Containers[0].Env, variable => variable.Name == "DINOV2_API_KEY");
        Assert.Equal((secret, key), (variable.ValueFrom.SecretKeyRef.Name, variable.ValueFrom.SecretKeyRef.Key));
    }

    [Fact]
    public async Task It_needs_no_key_where_nobody_does() =>
        Assert.DoesNotContain(Assert.Single((await Rendering.OfAsync("auth-off")).All<V1Pod>()).Spec.Containers[0].Env, variable => variable.Name == "DINOV2_API_KEY");

    [Fact]
    public async Task There_is_none_when_all_keys_are_hashes()
    {
        var rendering = await Rendering.WithAsync(Chart.Defaults, "--set", $"auth.keys.team=sha256:{new string('a', 64)}");

        Assert.Empty(rendering.All<V1Pod>());
        Assert.Empty(rendering.All<V1ConfigMap>());
    }
}
