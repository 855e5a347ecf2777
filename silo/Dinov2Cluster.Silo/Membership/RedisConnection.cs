using Dinov2Cluster.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Dinov2Cluster.Silo.Membership;

/// <summary>The silo's one connection to Redis. It reconnects by itself.</summary>
internal sealed class RedisConnection(IOptions<ClusterMemberOptions> member) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private Task<IConnectionMultiplexer>? _connection;

    /// <summary>The connection, which need not be up.</summary>
    public Task<IConnectionMultiplexer> GetAsync()
    {
        lock (_lock)
        {
            return _connection ??= ConnectAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            await (await connection).DisposeAsync();
        }
    }

    private async Task<IConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync(RedisConfiguration.Parse(member.Value.Redis));
}
