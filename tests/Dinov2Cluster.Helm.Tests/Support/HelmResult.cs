namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>What a run of helm said.</summary>
internal sealed record HelmResult(int ExitCode, string Output, string Error);
