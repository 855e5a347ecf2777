namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Devices that a part was sent to. Small, and created only after a first attempt that got no features.</summary>
internal sealed class PartHistory
{
    private readonly List<DeviceState> _tried = [];
    private readonly List<DeviceState> _full = [];
    private readonly List<DeviceState> _failed = [];
    private readonly List<DeviceState> _incompatible = [];

    /// <summary>Whether a device had no room for the part.</summary>
    public bool WasFull => _full.Count > 0;

    /// <summary>Number of devices that failed on the part.</summary>
    public int Failures => _failed.Count;

    /// <summary>Whether the part was sent to the device before.</summary>
    public bool WasTried(DeviceState device) => _tried.Contains(device);

    /// <summary>Whether another try there is useless: the device failed on the part or did not understand it.</summary>
    public bool HasFailed(DeviceState device) => _failed.Contains(device) || _incompatible.Contains(device);

    /// <summary>Whether the part must not go there again: another try is useless, or the device had no room.</summary>
    public bool IsBarred(DeviceState device) => HasFailed(device) || _full.Contains(device);

    public void AddTried(DeviceState device)
    {
        if (!_tried.Contains(device))
        {
            _tried.Add(device);
        }
    }

    public void AddFull(DeviceState device) => _full.Add(device);

    public void AddFailed(DeviceState device) => _failed.Add(device);

    public void AddIncompatible(DeviceState device) => _incompatible.Add(device);
}
