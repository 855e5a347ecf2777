namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Devices that a part has been to. It holds few, and exists only once a first attempt went wrong.</summary>
internal sealed class PartHistory
{
    private readonly List<DeviceState> _tried = [];
    private readonly List<DeviceState> _full = [];
    private readonly List<DeviceState> _failed = [];

    /// <summary>Whether some device had no room for the part.</summary>
    public bool WasFull => _full.Count > 0;

    /// <summary>Devices that failed on the part.</summary>
    public int Failures => _failed.Count;

    /// <summary>The part was sent there.</summary>
    public bool WasTried(DeviceState device) => _tried.Contains(device);

    /// <summary>The device failed on the part.</summary>
    public bool HasFailed(DeviceState device) => _failed.Contains(device);

    /// <summary>The part must not go there again: the device failed on it or had no room.</summary>
    public bool IsBarred(DeviceState device) => _failed.Contains(device) || _full.Contains(device);

    public void AddTried(DeviceState device)
    {
        if (!_tried.Contains(device))
        {
            _tried.Add(device);
        }
    }

    public void AddFull(DeviceState device) => _full.Add(device);

    public void AddFailed(DeviceState device) => _failed.Add(device);
}
