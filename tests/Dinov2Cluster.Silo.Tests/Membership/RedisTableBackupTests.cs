using Dinov2Cluster.Hosting;
using Dinov2Cluster.Silo.Membership;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Dinov2Cluster.Silo.Tests.Membership;

public sealed class RedisTableBackupTests
{
    private const string Key = "dinov2/members/dinov2";

    [Fact(Timeout = 30_000)]
    public async Task A_lost_table_comes_back_with_a_higher_version_beside_what_was_written_since()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        var cancellation = TestContext.Current.CancellationToken;
        await using var redis = await RedisServer.StartAsync(cancellation);
        await using var connection = new RedisConnection(Options.Create(new ClusterMemberOptions { Redis = redis.Configuration }));
        var database = (await connection.GetAsync()).GetDatabase();
        var backup = new RedisTableBackup(
            connection,
            Options.Create(new RedisClusteringOptions()),
            Options.Create(new ClusterOptions { ClusterId = "dinov2", ServiceId = "dinov2" }),
            NullLogger<RedisTableBackup>.Instance);
        await database.HashSetAsync(Key, [new("Version", "7"), new("a", "row a"), new("b", "row b")]);
        await backup.SyncAsync(cancellation);

        await database.KeyDeleteAsync(Key);
        await database.HashSetAsync(Key, [new("Version", "2"), new("c", "row c")]);
        await backup.SyncAsync(cancellation);

        Assert.Equal(["Version=8", "a=row a", "b=row b", "c=row c"], await FieldsAsync(database));
        // A table that is newer than the remembered one is left alone.
        await database.HashSetAsync(Key, [new("Version", "9"), new("a", "row a2")]);
        await backup.SyncAsync(cancellation);
        Assert.Equal(["Version=9", "a=row a2", "b=row b", "c=row c"], await FieldsAsync(database));
    }

    private static async Task<IEnumerable<string>> FieldsAsync(IDatabase database) =>
        (await database.HashGetAllAsync(Key)).Select(field => $"{field.Name}={field.Value}").Order(StringComparer.Ordinal);
}
