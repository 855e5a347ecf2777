using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dinov2Cluster.Helm.Tests.Shapes;
using k8s;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>Turns objects into the client's models, or into our own for kinds of others; whatever the model doesn't know is an error.</summary>
internal static class StrictObjects
{
    private static readonly JsonSerializerOptions _options = new() { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    private static readonly Dictionary<string, Type> _types = new(StringComparer.Ordinal)
    {
        ["v1/ConfigMap"] = typeof(V1ConfigMap),
        ["v1/PersistentVolumeClaim"] = typeof(V1PersistentVolumeClaim),
        ["v1/Pod"] = typeof(V1Pod),
        ["v1/Secret"] = typeof(V1Secret),
        ["v1/Service"] = typeof(V1Service),
        ["v1/ServiceAccount"] = typeof(V1ServiceAccount),
        ["apps/v1/Deployment"] = typeof(V1Deployment),
        ["autoscaling/v2/HorizontalPodAutoscaler"] = typeof(V2HorizontalPodAutoscaler),
        ["batch/v1/Job"] = typeof(V1Job),
        ["networking.k8s.io/v1/Ingress"] = typeof(V1Ingress),
        ["networking.k8s.io/v1/NetworkPolicy"] = typeof(V1NetworkPolicy),
        ["policy/v1/PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
        ["gateway.networking.k8s.io/v1/GRPCRoute"] = typeof(GrpcRoute),
        ["gateway.networking.k8s.io/v1/HTTPRoute"] = typeof(HttpRoute),
        ["keda.sh/v1alpha1/ScaledObject"] = typeof(ScaledObject),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
        ["monitoring.coreos.com/v1/ServiceMonitor"] = typeof(ServiceMonitor),
    };

    public static IKubernetesObject<V1ObjectMeta> Parse(JsonObject json)
    {
        var kind = $"{json["apiVersion"]}/{json["kind"]}";
        Assert.True(_types.TryGetValue(kind, out var type), $"The chart has a kind that no test knows: {kind}.");
        return (IKubernetesObject<V1ObjectMeta>)json.Deserialize(type, _options)!;
    }
}
