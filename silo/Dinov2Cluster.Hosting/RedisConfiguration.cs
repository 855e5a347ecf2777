using System.Diagnostics.CodeAnalysis;
using StackExchange.Redis;

namespace Dinov2Cluster.Hosting;

/// <summary>Reads <see cref="ClusterMemberOptions.Redis"/>.</summary>
public static class RedisConfiguration
{
    // A member must outlive its Redis: it keeps connecting, and unanswered commands fail soon enough for a retry.
    private const string Defaults = "abortConnect=false,connectTimeout=2000,asyncTimeout=2000,syncTimeout=2000,name=dinov2";

    private static readonly TimeSpan _reconnectPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>The client's configuration; the text overrides the defaults.</summary>
    /// <exception cref="FormatException">The text is not a configuration, or names no server.</exception>
    public static ConfigurationOptions Parse(string text) =>
        TryParse(text, out var configuration) ? configuration : throw new FormatException("Cluster:Redis is not a Redis configuration.");

    /// <summary>Like <see cref="Parse"/>; false when the text is not a configuration, or names no server.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ConfigurationOptions? configuration)
    {
        configuration = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        try
        {
            configuration = ConfigurationOptions.Parse(Defaults + "," + text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return false;
        }

        // The default policy waits up to a minute, in which no silo could join.
        configuration.ReconnectRetryPolicy = new LinearRetry((int)_reconnectPeriod.TotalMilliseconds);
        return configuration.EndPoints.Count > 0;
    }
}
