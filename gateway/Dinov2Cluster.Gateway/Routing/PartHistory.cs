namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Devices that a part has been to. It holds few, and exists only once a first attempt went wrong.</summary>
internal sealed class PartHistory
{
    private readonly List<DeviceState> _tried = [];
    private readonly List<DeviceState> _barred = [];

    /// <summary>Whether some device had no room for the part.</summary>
    public bool WasFull { get; private set; }

    /// <summary>Devices that failed on the part.</summary>
    public int Failures { get; private set; }

    /// <summary>The part was sent there.</summary>
    public bool WasTried(DeviceState device) => _tried.Contains(device);

    /// <summary>The part must not go there again: the device failed on it or had no room.</summary>
    public bool IsBarred(DeviceState device) => _barred.Contains(device);

    public void AddTried(DeviceState device)
    {
        if (!_tried.Contains(device))
        {
            _tried.Add(device);
        }
    }

    public void AddFull(DeviceState device)
    {
        WasFull = true;
        _barred.Add(device);
    }

    public void AddFailed(DeviceState device)
    {
        Failures++;
        _barred.Add(device);
    }
}
