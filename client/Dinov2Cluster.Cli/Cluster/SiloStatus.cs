namespace Dinov2Cluster.Cli.Cluster;

/// <summary>One silo, and a model on a device each.</summary>
internal sealed record SiloStatus(string Name, string? Address, string State, DateTimeOffset Since, IReadOnlyList<DeviceStatus> Devices);
