namespace Dinov2Cluster.Gateway.Security;

/// <summary>Content of <see cref="AuthOptions.KeysFile"/>.</summary>
internal sealed class ApiKeysFile
{
    /// <summary>The keys.</summary>
    public required IReadOnlyList<ApiKeyOptions> Keys { get; init; }
}
