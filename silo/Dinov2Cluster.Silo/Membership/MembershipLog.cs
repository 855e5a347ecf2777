namespace Dinov2Cluster.Silo.Membership;

/// <summary>Log messages of membership: event ids 3100 to 3199.</summary>
internal static partial class MembershipLog
{
    [LoggerMessage(3100, LogLevel.Warning, "Redis does not answer; trying again")]
    public static partial void RedisUnreachable(ILogger logger, Exception exception);

    [LoggerMessage(3101, LogLevel.Warning, "Redis had lost the membership table; put {Silos} silos back")]
    public static partial void TableRestored(ILogger logger, int silos);

    [LoggerMessage(3102, LogLevel.Warning, "The membership table was older than this silo's own row; wrote the row again")]
    public static partial void OwnRowRestored(ILogger logger);
}
