namespace Dinov2Cluster.Cli.Tests.Hub;

/// <summary>What a client asked a <see cref="FakeHub"/> for; empty for a header that it didn't send.</summary>
internal sealed record FakeHubRequest(string Path, string Range, string IfRange, string Authorization);
