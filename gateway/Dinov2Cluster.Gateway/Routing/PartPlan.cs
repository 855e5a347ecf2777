namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Consecutive crops of a batch and the device that they go to first.</summary>
internal readonly record struct PartPlan(DeviceState Device, int First, int Count);
