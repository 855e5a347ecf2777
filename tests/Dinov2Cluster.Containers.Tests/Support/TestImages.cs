namespace Dinov2Cluster.Containers.Tests.Support;

/// <summary>What <c>tests/images.sh</c> makes.</summary>
internal static class TestImages
{
    public const string Cli = "dinov2-cli:test";
    public const string Gateway = "dinov2-gateway:test";
    public const string Redis = "dinov2-redis:test";
    public const string Silo = "dinov2-silo:test";

    public static IReadOnlyList<string> All { get; } = [Cli, Gateway, Redis, Silo];
}
