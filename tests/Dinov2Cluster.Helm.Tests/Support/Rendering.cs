using System.Collections.Concurrent;
using k8s;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>The chart's objects for one values file.</summary>
internal sealed class Rendering
{
    // helm takes a while to start.
    private static readonly ConcurrentDictionary<string, Lazy<Task<Rendering>>> _renderings = new(StringComparer.Ordinal);

    private Rendering(string text)
    {
        Text = text;
        Objects = [.. YamlReader.ReadAll(text).Select(StrictObjects.Parse)];
    }

    /// <summary>As helm wrote it.</summary>
    public string Text { get; }

    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects { get; }

    public IEnumerable<Workload> Workloads => Objects.Select(AsWorkload).OfType<Workload>();

    /// <summary>The pools' workloads.</summary>
    public IEnumerable<Workload> Silos => Workloads.Where(workload => workload.Component == "silo");

    public Workload Gateway => Assert.Single(Workloads, workload => workload.Component == "gateway");

    /// <summary>Renders it once, or skips the test when there is no helm.</summary>
    public static Task<Rendering> OfAsync(string values)
    {
        Assert.SkipUnless(HelmProgram.IsInstalled, HelmProgram.NotInstalled);
        return _renderings.GetOrAdd(values, name => new(() => RenderAsync(name))).Value;
    }

    /// <summary>Renders it with more options, such as <c>--set</c>.</summary>
    public static async Task<Rendering> WithAsync(string values, params IEnumerable<string> options)
    {
        var result = await Chart.TemplateAsync(values, options);
        Assert.True(result.ExitCode == 0, result.Error);
        return new(result.Output);
    }

    public IEnumerable<T> All<T>()
        where T : IKubernetesObject<V1ObjectMeta> => Objects.OfType<T>();

    public T Get<T>(string name)
        where T : IKubernetesObject<V1ObjectMeta> => Assert.Single(All<T>(), thing => thing.Name() == name);

    public T? Find<T>(string name)
        where T : class, IKubernetesObject<V1ObjectMeta> => All<T>().SingleOrDefault(thing => thing.Name() == name);

    public Workload Silo(string pool) => Assert.Single(Silos, silo => silo.Pool == pool);

    private static Task<Rendering> RenderAsync(string values) => WithAsync(values);

    private static Workload? AsWorkload(IKubernetesObject<V1ObjectMeta> thing) => thing switch
    {
        V1Deployment deployment => new(deployment, deployment.Spec.Template.Metadata.Labels, deployment.Spec.Template.Spec),
        V1Job job => new(job, job.Spec.Template.Metadata.Labels, job.Spec.Template.Spec),
        V1Pod pod => new(pod, pod.Metadata.Labels, pod.Spec),
        _ => null,
    };
}
