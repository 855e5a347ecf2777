using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests.Shapes;

/// <summary>An object of a kind that the client has no model of.</summary>
internal abstract class CustomObject<TSpec> : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public required TSpec Spec { get; set; }
}
