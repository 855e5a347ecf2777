using k8s;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>Something that runs pods.</summary>
/// <param name="Object">The Deployment, Job or Pod.</param>
/// <param name="Labels">Labels of its pods.</param>
/// <param name="Pod">What they are.</param>
internal sealed record Workload(IKubernetesObject<V1ObjectMeta> Object, IDictionary<string, string> Labels, V1PodSpec Pod)
{
    public string Name => Object.Name();

    public string Component => Labels["app.kubernetes.io/component"];

    public string? Pool => Labels.TryGetValue("dinov2-cluster/pool", out var pool) ? pool : null;

    public V1Deployment? Deployment => Object as V1Deployment;

    /// <summary>All of its containers, those that prepare too.</summary>
    public IEnumerable<V1Container> Containers => [.. Pod.InitContainers ?? [], .. Pod.Containers];

    /// <summary>The one container that serves.</summary>
    public V1Container Main => Assert.Single(Pod.Containers);

    /// <summary>Value of an environment variable of the container that serves.</summary>
    public string? Variable(string name) => Main.Env.SingleOrDefault(variable => variable.Name == name)?.Value;

    public bool IsSelectedBy(IDictionary<string, string>? selector) =>
        selector is { Count: > 0 } && selector.All(label => Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
