using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>The chart's folder, and the values files that it is rendered with.</summary>
internal static class Chart
{
    /// <summary>The chart's own values, without a file.</summary>
    public const string Defaults = "default";

    public const string Release = "vision";

    public const string Namespace = "models";

    private const string Suffix = "-values.yaml";

    public static string Directory { get; } = Path.Combine(RepositoryRoot.Path, "helm", "dinov2-cluster");

    /// <summary>Names of all of them.</summary>
    public static TheoryData<string> Matrix { get; } =
    [
        Defaults,
        .. System.IO.Directory.EnumerateFiles(PathOf("ci"), "*" + Suffix).Select(path => Path.GetFileName(path)[..^Suffix.Length]).Order(StringComparer.Ordinal),
    ];

    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Directory, .. parts]);

    /// <summary>The options that name a values file.</summary>
    public static string[] ValuesOf(string name) => name == Defaults ? [] : ["--values", PathOf("ci", name + Suffix)];

    /// <summary>Renders the chart with more options.</summary>
    public static Task<HelmResult> TemplateAsync(string values, params IEnumerable<string> options)
    {
        Assert.SkipUnless(HelmProgram.IsInstalled, HelmProgram.NotInstalled);
        return HelmProgram.RunAsync(
            TestContext.Current.CancellationToken, ["template", Release, Directory, "--namespace", Namespace, .. ValuesOf(values), .. options]);
    }
}
