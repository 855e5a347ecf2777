using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Log messages of routing: event ids 2000 to 2099.</summary>
internal static partial class RoutingLog
{
    [LoggerMessage(2000, LogLevel.Information, "The cluster serves: {Models}")]
    public static partial void ModelsChanged(ILogger logger, string models);

    [LoggerMessage(2001, LogLevel.Debug, "The cluster's members can't be read; keeping the last ones")]
    public static partial void MembersUnreadable(ILogger logger, Exception exception);

    [LoggerMessage(2002, LogLevel.Warning, "Silo {Silo} did not report what it serves")]
    public static partial void SiloCatalogFailed(ILogger logger, string silo, Exception exception);

    [LoggerMessage(2005, LogLevel.Warning, "No silo answers yet; trying again")]
    public static partial void ClusterConnectFailed(ILogger logger, Exception? exception);

    [LoggerMessage(2050, LogLevel.Debug, "The call to device {Device} ended: {Outcome}")]
    public static partial void AttemptEnded(ILogger logger, DeviceAddress device, AttemptOutcome outcome, Exception? exception);

    [LoggerMessage(2051, LogLevel.Warning, "Device {Device} gets no work until a probe of it succeeds: {Outcome}")]
    public static partial void DeviceQuarantined(ILogger logger, DeviceAddress device, AttemptOutcome outcome);

    [LoggerMessage(2052, LogLevel.Information, "Device {Device} gets work again")]
    public static partial void DeviceIsBack(ILogger logger, DeviceAddress device);

    [LoggerMessage(2053, LogLevel.Debug, "The probe of device {Device} failed")]
    public static partial void ProbeFailed(ILogger logger, DeviceAddress device, Exception exception);
}
