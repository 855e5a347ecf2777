namespace Dinov2Cluster.Gateway.Configuration;

/// <summary>Section <c>Models</c>, the gateway's part of it.</summary>
internal sealed class DefaultModelOptions
{
    public const string Section = "Models";

    /// <summary>Model behind <c>/score</c>. Needed when the cluster serves more than one. An empty name, as from an unset variable, is none.</summary>
    public string? Default
    {
        get;
        set => field = string.IsNullOrEmpty(value) ? null : value;
    }
}
