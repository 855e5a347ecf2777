using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Security;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Tests.Security;

public sealed class ApiKeySetTests : IDisposable
{
    private static readonly CallerLimits _limits = new(null, null, ImageQuota: 10, TimeSpan.FromDays(1));

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void A_key_is_found_by_its_text_alone()
    {
        var keys = Set(before: null, Entry("a", 1), Entry("b", 2));

        Assert.Equal("a", keys.Find(TestKey.Text(1))?.Name);
        Assert.Equal("b", keys.Find(TestKey.Text(2))?.Name);
        Assert.Null(keys.Find(TestKey.Text(3)));
        Assert.Null(keys.Find(TestKey.Sha256(1)));
        Assert.Null(keys.Find(TestKey.Text(1).ToUpperInvariant()));
        Assert.Null(keys.Find(TestKey.Text(1).AsSpan()[..^1]));
        Assert.Null(keys.Find(""));
        Assert.Null(keys.Find(new string('k', 30_000)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public void Every_key_is_compared_whichever_is_right(int seed)
    {
        var keys = Set(before: null, Entry("a", 0), Entry("b", 1), Entry("c", 2));
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(TestKey.Text(seed)));
        var compared = new List<string>();

        _ = keys.Find(hash, (left, right) =>
        {
            compared.Add(Convert.ToHexStringLower(left));
            return CryptographicOperations.FixedTimeEquals(left, right);
        });

        Assert.Equal([TestKey.Sha256(0), TestKey.Sha256(1), TestKey.Sha256(2)], compared);
    }

    [Fact]
    public void What_was_asked_for_survives_a_reading_and_a_new_key_of_the_same_name_and_limits()
    {
        var before = Set(before: null, Entry("a", 1), Entry("b", 2));
        before.Find(TestKey.Text(1))!.Caller.Take(9);
        before.Find(TestKey.Text(2))!.Caller.Take(9);

        var after = Set(before, Entry("a", 3), Entry("b", 2) with { Limits = _limits with { ImageQuota = 20 } });

        Assert.Throws<EmbeddingException>(() => after.Find(TestKey.Text(3))!.Caller.Take(2));
        after.Find(TestKey.Text(2))!.Caller.Take(20);
    }

    private static ApiKeyEntry Entry(string name, int seed) => new(name, TestKey.Sha256(seed), ExpiresAt: null, _limits);

    private ApiKeySet Set(ApiKeySet? before, params ApiKeyEntry[] entries) => new(
        entries,
        before,
        new CallerFactory(Options.Create(new GatewayOptions()), new SecurityMetrics(_services.GetRequiredService<IMeterFactory>()), new TestClock()));
}
