namespace Dinov2Cluster.Client;

/// <summary>What a call asks for, beyond its images.</summary>
public sealed record EmbedOptions
{
    /// <summary>Name of the model; null for <see cref="Dinov2ClientOptions.Model"/>, and without that for the gateway's default.</summary>
    public string? Model { get; init; }

    /// <summary>Whether each vector is divided by its L2 norm. DINOv2's own features aren't.</summary>
    public bool Normalize { get; init; }

    /// <summary>Which features.</summary>
    public EmbedOutput Output { get; init; }

    /// <summary>
    /// Which images go first at the devices; null for <see cref="EmbedPriority.Bulk"/> in <c>EmbedManyAsync</c> and
    /// <see cref="EmbedPriority.Interactive"/> elsewhere.
    /// </summary>
    public EmbedPriority? Priority { get; init; }

    /// <summary>
    /// Longest time for the call, every retry in it; null for <see cref="Dinov2ClientOptions.Deadline"/>. For <c>EmbedManyAsync</c>, which may
    /// take hours, it is the longest time in which no image is answered.
    /// </summary>
    public TimeSpan? Deadline { get; init; }
}
