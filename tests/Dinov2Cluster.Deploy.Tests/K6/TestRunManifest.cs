namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>The fields of the k6 operator's <c>TestRun</c> that the manifest has; the parser refuses any other.</summary>
/// <remarks>https://github.com/grafana/k6-operator/blob/main/api/v1alpha1/testrun_types.go</remarks>
internal sealed class TestRunManifest
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public Dictionary<string, string> Metadata { get; set; } = [];

    public SpecPart Spec { get; set; } = new();

    internal sealed class SpecPart
    {
        public int Parallelism { get; set; }

        public ScriptPart Script { get; set; } = new();

        public RunnerPart Runner { get; set; } = new();
    }

    internal sealed class ScriptPart
    {
        public NamedFile ConfigMap { get; set; } = new();
    }

    internal sealed class NamedFile
    {
        public string Name { get; set; } = "";

        public string File { get; set; } = "";
    }

    internal sealed class RunnerPart
    {
        public string Image { get; set; } = "";

        /// <summary>A string there, not a boolean.</summary>
        public string AutomountServiceAccountToken { get; set; } = "";

        public List<EnvironmentVariable> Env { get; set; } = [];

        public Dictionary<string, Dictionary<string, string>> Resources { get; set; } = [];

        public PodSecurity SecurityContext { get; set; } = new();

        public ContainerSecurity ContainerSecurityContext { get; set; } = new();
    }

    internal sealed class EnvironmentVariable
    {
        public string Name { get; set; } = "";

        public string? Value { get; set; }

        public Dictionary<string, SecretKey>? ValueFrom { get; set; }
    }

    internal sealed class SecretKey
    {
        public string Name { get; set; } = "";

        public string Key { get; set; } = "";

        public bool Optional { get; set; }
    }

    internal sealed class PodSecurity
    {
        public bool RunAsNonRoot { get; set; }

        public long RunAsUser { get; set; }

        public long RunAsGroup { get; set; }

        public Dictionary<string, string> SeccompProfile { get; set; } = [];
    }

    internal sealed class ContainerSecurity
    {
        public bool AllowPrivilegeEscalation { get; set; }

        public Dictionary<string, List<string>> Capabilities { get; set; } = [];
    }
}
