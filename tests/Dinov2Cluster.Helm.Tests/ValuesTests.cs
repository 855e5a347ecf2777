using System.Text.Json;
using System.Text.Json.Nodes;
using Dinov2Cluster.Helm.Tests.Support;

namespace Dinov2Cluster.Helm.Tests;

/// <summary>What the chart refuses, and with which words.</summary>
public sealed class ValuesTests
{
    [Theory]
    [InlineData("gateway.replica=3", "additional properties 'replica' not allowed")]
    [InlineData("gatway.replicas=3", "additional properties 'gatway' not allowed")]
    [InlineData("gateway.replicas=three", "/gateway/replicas")]
    [InlineData("gateway.deadlineSeconds=0", "/gateway/deadlineSeconds")]
    [InlineData("image.pullPolicy=Sometimes", "/image/pullPolicy")]
    [InlineData("models.delivery=ftp", "/models/delivery")]
    [InlineData("models.list[0].name=../etc", "/models/list/0/name")]
    [InlineData("models.list[0].path=../etc", "/models/list/0/path")]
    [InlineData("models.list[0].path=/etc", "/models/list/0/path")]
    [InlineData("models.list[0].repository=dinov2", "/models/list/0/repository")]
    [InlineData("models.claim.size=many", "/models/claim/size")]
    [InlineData("silo.pools=null", "missing property 'pools'")]
    [InlineData("silo.pools[0].name=GPU", "/silo/pools/0/name")]
    [InlineData("silo.pools[0].name=a-name-that-is-too-long", "/silo/pools/0/name")]
    [InlineData("silo.pools[0].precision=fp8", "/silo/pools/0/precision")]
    [InlineData("silo.pools[0].gpus=1", "additional properties 'gpus' not allowed")]
    [InlineData("silo.pools[0].devices[0].kind=Rocm", "/silo/pools/0/devices/0/kind")]
    [InlineData("silo.pools[0].devices[0].kind=TensorRt", "value must be one of 'Cpu', 'Cuda', 'Simulated'")]
    [InlineData("silo.pools[0].autoscaling.enabled=true", "missing properties")]
    [InlineData("auth.keys.team=short", "/auth/keys/team")]
    [InlineData("auth.keys.team=sha256:0123456789abcdef0123456789abcdef0123456789abcdef", "/auth/keys/team")]
    [InlineData("keda.prometheusServer=prometheus:9090", "/keda/prometheusServer")]
    [InlineData("networkPolicy.clusterNetworks[0]=cluster", "/networkPolicy/clusterNetworks/0")]
    [InlineData("redis.external.port=0", "/redis/external/port")]
    public async Task The_schema_refuses(string setting, string message) => await AssertRefusedAsync(message, "--set", setting);

    [Theory]
    [InlineData("redis.enabled=false", "the cluster has no membership store: set redis.enabled=true, or name a Secret")]
    [InlineData("redis.external.existingSecret=redis", "redis.enabled and redis.external.existingSecret contradict each other")]
    [InlineData("auth.enabled=false,auth.existingSecret=keys", "auth.enabled=false lets everybody in, yet there are API keys")]
    [InlineData("auth.existingSecret=keys,auth.keys.team=0123456789abcdef0123456789abcdef", "auth.keys and auth.existingSecret are two places")]
    [InlineData("gateway.resources.requests.cpu=null", "gateway.autoscaling works on CPU utilization")]
    [InlineData("gateway.autoscaling.minReplicas=20", "gateway.autoscaling.minReplicas is more than maxReplicas")]
    [InlineData("models.default=dinov2-giant", "models.default is dinov2-giant, which models.list doesn't have")]
    [InlineData("models.list[0].name=dinov2-small", "model dinov2-small has no repository to download it from")]
    [InlineData("models.delivery=image", "model dinov2-small has no image.reference, which models.delivery=image needs")]
    [InlineData("models.list=null", "models.delivery=download needs models in models.list")]
    [InlineData("models.list[0].name=dinov2-small,models.list[1].name=dinov2-small", "models.list has two models named dinov2-small")]
    [InlineData("silo.pools[0].name=cpu,silo.pools[0].models[0]=dinov2-giant", "pool cpu serves dinov2-giant, which models.list doesn't have")]
    [InlineData("silo.pools[0].name=cpu,silo.pools[1].name=cpu", "silo.pools has two pools named cpu")]
    [InlineData("silo.pools[0].name=cpu,silo.pools[1].name=gpu,silo.pools[1].precision=fp16", "model dinov2-small would be fp32 in pool cpu and fp16 in pool gpu: one name is one set of features")]
    [InlineData("silo.pools[0].name=cpu,silo.pools[0].devices[0].kind=Cuda", "pool cpu has a Cuda device with index 0, and asks for 0 GPUs: raise gpu.count")]
    [InlineData("silo.pools[0].name=cpu,silo.pools[0].gpu.count=2,silo.pools[0].devices[0].kind=Cuda", "pool cpu asks for 2 GPUs and its devices use 1")]
    [InlineData("silo.pools[0].name=gpu,silo.pools[0].gpu.count=1,silo.pools[0].precision=int8", "pool gpu has GPUs and precision int8, whose operators would run on the CPU: use fp16")]
    [InlineData("silo.poolDefaults.autoscaling.enabled=true", "pool cpu scales on its queue's depth: set keda.prometheusServer")]
    [InlineData("silo.poolDefaults.autoscaling.enabled=true,keda.prometheusServer=http://p,silo.poolDefaults.autoscaling.minReplicas=9", "pool cpu: autoscaling.minReplicas is more than maxReplicas")]
    [InlineData("gateway.settings.Gateway:Deadline=00:02:00", "gateway.settings: the chart sets Gateway:Deadline itself")]
    [InlineData("silo.pools[0].name=cpu,silo.pools[0].settings.Cluster:SiloPort=1", "silo.pools[cpu].settings: the chart sets Cluster:SiloPort itself")]
    [InlineData("gateway.settings.Auth:Mode=Off", "gateway.settings: the chart sets Auth:Mode itself")]
    [InlineData("ingress.enabled=true", "ingress.enabled without any host")]
    [InlineData("gatewayApi.http.enabled=true", "gatewayApi.http.parentRefs is empty")]
    [InlineData("gatewayApi.http.enabled=true,gatewayApi.http.parentRefs[0].name=g,gatewayApi.grpc.enabled=true,gatewayApi.grpc.parentRefs[0].name=g", "a listener accepts an HTTPRoute or a GRPCRoute")]
    public async Task Contradictions_are_refused_with_what_to_do(string settings, string message) => await AssertRefusedAsync(message, "--set", settings);

    [Fact]
    public void Every_value_is_in_the_schema_and_the_schema_has_no_others()
    {
        var values = Assert.Single(YamlReader.ReadAll(File.ReadAllText(Chart.PathOf("values.yaml"))));
        using var schema = JsonDocument.Parse(File.ReadAllBytes(Chart.PathOf("values.schema.json")));

        AssertSame("", values, schema.RootElement);
    }

    [Theory]
    [InlineData("0.01", "0.01")]
    [InlineData("2000000000", "2000000000")]
    [InlineData("true", "true")]
    public async Task Settings_reach_the_host_as_they_are_written(string value, string expected)
    {
        var quoted = value.Contains('.', StringComparison.Ordinal) ? "--set-string" : "--set";
        var rendering = await Rendering.WithAsync(Chart.Defaults, quoted, $"gateway.settings.Cache:MaxBytes={value}");

        Assert.Equal(expected, rendering.Gateway.Variable("Cache__MaxBytes"));
    }

    private static async Task AssertRefusedAsync(string message, params IEnumerable<string> options)
    {
        var result = await Chart.TemplateAsync(Chart.Defaults, options);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    private static void AssertSame(string path, JsonObject values, JsonElement schema)
    {
        if (!schema.TryGetProperty("properties", out var properties))
        {
            return;
        }

        Assert.False(schema.GetProperty("additionalProperties").GetBoolean(), path);
        // Helm's own.
        Assert.Equal(
            values.Select(pair => pair.Key).Order(StringComparer.Ordinal),
            properties.EnumerateObject().Select(property => property.Name).Where(name => name != "global").Order(StringComparer.Ordinal));
        foreach (var (name, value) in values)
        {
            // An empty map is for the user to fill.
            if (value is JsonObject { Count: > 0 } inner)
            {
                AssertSame($"{path}/{name}", inner, properties.GetProperty(name));
            }
        }
    }
}
