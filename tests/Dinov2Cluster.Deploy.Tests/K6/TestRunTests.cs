using Dinov2Cluster.TestSupport;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>The k6 operator's manifest, and what it and the README say of each other.</summary>
public sealed class TestRunTests
{
    // https://kubernetes.io/docs/concepts/configuration/configmap/: 1 MiB. k6's archive has each file on a block of its own, and its metadata.
    private const int ConfigMapBytes = 1 << 20;

    private static readonly TestRunManifest _manifest = new DeserializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance)
        .Build()
        .Deserialize<TestRunManifest>(K6Folder.Read("kubernetes/testrun.yaml"));

    private static string Readme { get; } = K6Folder.Read("README.md");

    [Fact]
    public void It_is_a_TestRun_of_the_operator()
    {
        Assert.Equal(("k6.io/v1alpha1", "TestRun"), (_manifest.ApiVersion, _manifest.Kind));
        Assert.Equal(1, _manifest.Spec.Parallelism);
        Assert.Matches("^grafana/k6:[0-9]+[.][0-9]+[.][0-9]+$", _manifest.Spec.Runner.Image);
        Assert.Equal("false", _manifest.Spec.Runner.AutomountServiceAccountToken);
        Assert.True(_manifest.Spec.Runner.SecurityContext.RunAsNonRoot);
        Assert.False(_manifest.Spec.Runner.ContainerSecurityContext.AllowPrivilegeEscalation);
        Assert.Equal(["ALL"], _manifest.Spec.Runner.ContainerSecurityContext.Capabilities["drop"]);
    }

    [Fact]
    public void What_it_refers_to_is_what_the_README_makes()
    {
        var script = _manifest.Spec.Script.ConfigMap;
        var secret = Assert.Single(_manifest.Spec.Runner.Env, variable => variable.ValueFrom is not null).ValueFrom!["secretKeyRef"];

        Assert.Contains($"kubectl create configmap {script.Name} --from-file={script.File}", Readme, StringComparison.Ordinal);
        Assert.Contains($"archive -O {script.File} ", Readme, StringComparison.Ordinal);
        Assert.Contains($"kubectl create secret generic {secret.Name} --from-literal={secret.Key}=", Readme, StringComparison.Ordinal);
        Assert.True(secret.Optional);
        Assert.Contains("kubectl apply -f kubernetes/testrun.yaml", Readme, StringComparison.Ordinal);
        Assert.Contains(_manifest.Spec.Runner.Image + " ", Readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_variables_are_settings_and_none_of_them_is_load_that_the_archive_has_fixed()
    {
        var names = _manifest.Spec.Runner.Env.Select(variable => variable.Name).ToArray();

        Assert.Subset(K6ReadmeTests.Settings.ToHashSet(), names.ToHashSet());
        Assert.DoesNotContain(names, name => name is "RATE" or "MAX_RATE" or "DURATION" or "STEPS" or "MAX_VUS" or "P99_MS");
    }

    [Fact]
    public void An_archive_of_the_scripts_and_the_images_fits_into_a_ConfigMap()
    {
        string[] files =
        [
            .. Directory.GetFiles(Path.Combine(K6Folder.Root, "lib")),
            .. Directory.GetFiles(Path.Combine(K6Folder.Root, "scenarios")),
            Path.Combine(RepositoryRoot.Path, "client", "Dinov2Cluster.Client", "Protos", "dinov2", "v1", "embeddings.proto"),
            .. K6ReadmeTests.DefaultImages.Select(image => Path.Combine(RepositoryRoot.Path, "tests", "golden", "images", image)),
        ];

        // A tar header and padding each; the whole with room to spare.
        Assert.InRange(files.Sum(file => new FileInfo(file).Length + 1024), 1, ConfigMapBytes / 2);
    }
}
