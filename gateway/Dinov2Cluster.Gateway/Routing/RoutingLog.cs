using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Log messages of routing: event ids 2000 to 2099.</summary>
internal static partial class RoutingLog
{
    [LoggerMessage(2000, LogLevel.Information, "The cluster serves: {Models}")]
    public static partial void ModelsChanged(ILogger logger, string models);

    [LoggerMessage(2001, LogLevel.Debug, "The cluster's members can't be read; keeping to those that were read last")]
    public static partial void MembersUnreadable(ILogger logger, Exception exception);

    [LoggerMessage(2002, LogLevel.Warning, "Silo {Silo} did not say what it serves")]
    public static partial void SiloCatalogFailed(ILogger logger, string silo, Exception exception);

    [LoggerMessage(2003, LogLevel.Warning, "Device {Device} answered {Status}; trying another")]
    public static partial void DeviceRefused(ILogger logger, DeviceAddress device, EmbedStatus status);

    [LoggerMessage(2004, LogLevel.Warning, "The call to device {Device} failed; trying another")]
    public static partial void DeviceCallFailed(ILogger logger, DeviceAddress device, Exception exception);

    [LoggerMessage(2005, LogLevel.Warning, "No silo answers yet; trying again")]
    public static partial void ClusterConnectFailed(ILogger logger, Exception? exception);
}
