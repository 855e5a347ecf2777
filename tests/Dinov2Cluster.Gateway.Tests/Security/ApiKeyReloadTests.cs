using System.Net;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Gateway.Tests.Security;

/// <summary>The keys' timer runs within <see cref="TestClock"/>'s <c>Advance</c>, so what was read is in force when it returns.</summary>
public sealed class ApiKeyReloadTests : IDisposable
{
    private readonly TestClock _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_mounted_secret_that_is_swapped_is_read_within_the_period()
    {
        Mount("one", ("team-a", TestKey.Text(1)));
        await using var host = await StartAsync(new() { ["Auth:KeysDirectory"] = _directory.Path });
        await CheckAsync(host, (1, true), (2, false));

        Mount("two", ("team-a", TestKey.Text(2)));
        _time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        await CheckAsync(host, (1, true), (2, false));
        _time.Advance(TimeSpan.FromTicks(1));
        await CheckAsync(host, (1, false), (2, true));
    }

    [Fact]
    public async Task A_file_is_read_again_and_a_broken_one_leaves_the_keys_and_is_logged_once()
    {
        Write(1);
        await using var host = await StartAsync(new() { ["Auth:KeysFile"] = _directory["keys.json"] });
        host.ExpectsErrors = true;
        Write(2);
        _time.Advance(TimeSpan.FromSeconds(5));
        await CheckAsync(host, (1, false), (2, true));

        File.WriteAllText(_directory["keys.json"], $$"""{"Keys":[{"Name":"a","Sha256":"{{TestKey.Text(3)}} is no hash"}]}""");
        _time.Advance(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));
        await CheckAsync(host, (2, true));
        File.Delete(_directory["keys.json"]);
        _time.Advance(TimeSpan.FromSeconds(5));
        await CheckAsync(host, (2, true));
        var errors = host.Logs.GetSnapshot().Where(log => log.Level == LogLevel.Error).ToArray();
        Assert.Equal(2, errors.Length);
        Assert.All(errors, log => Assert.DoesNotContain(TestKey.Text(3), log.Message, StringComparison.Ordinal));

        Write(3);
        _time.Advance(TimeSpan.FromSeconds(5));
        await CheckAsync(host, (2, false), (3, true));
    }

    [Fact]
    public async Task Configuration_is_read_again_and_a_bad_value_in_it_leaves_the_keys()
    {
        await using var host = await StartAsync(TestKey.Settings(1, "a"));
        host.ExpectsErrors = true;
        var configuration = host.Services.GetRequiredService<IConfiguration>();

        configuration["Auth:Keys:0:Sha256"] = TestKey.Sha256(2);
        _time.Advance(TimeSpan.FromSeconds(5));
        await CheckAsync(host, (1, false), (2, true));
        configuration["Auth:Keys:0:Sha256"] = TestKey.Sha256(3);
        configuration["Auth:Keys:0:ImageQuota"] = "plenty";
        _time.Advance(TimeSpan.FromSeconds(5));
        await CheckAsync(host, (2, true), (3, false));
        Assert.Single(host.Logs.GetSnapshot(), log => log.Id.Id == 2303);
    }

    [Fact]
    public async Task The_first_key_closes_the_gateway_and_taking_the_last_one_away_does_not_open_it()
    {
        await using var host = await StartAsync([]);
        var sources = ((IConfigurationBuilder)host.Services.GetRequiredService<IConfiguration>()).Sources;
        await host.CheckServesAsync();

        sources.Add(new MemoryConfigurationSource { InitialData = TestKey.Settings(1, "a") });
        _time.Advance(TimeSpan.FromSeconds(5));
        await CheckAsync(host, (1, true), (2, false));
        sources.RemoveAt(sources.Count - 1);
        _time.Advance(TimeSpan.FromSeconds(5));
        await CheckAsync(host, (1, false), (2, false));
    }

    [Fact]
    public async Task What_a_caller_has_used_survives_a_reading()
    {
        File.WriteAllText(_directory["keys.json"], $$"""{"Keys":[{"Name":"a","Sha256":"{{TestKey.Sha256(1)}}","ImageQuota":2}]}""");
        await using var host = await StartAsync(new() { ["Auth:KeysFile"] = _directory["keys.json"] });
        using var first = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1), TestImage.Base64(2)), TestKey.Bearer(1));

        File.WriteAllText(
            _directory["keys.json"],
            $$"""{"Keys":[{"Name":"a","Sha256":"{{TestKey.Sha256(2)}}","ImageQuota":2},{"Name":"b","Sha256":"{{TestKey.Sha256(3)}}"}]}""");
        _time.Advance(TimeSpan.FromSeconds(5));
        using var second = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)), TestKey.Bearer(2));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (first.StatusCode, second.StatusCode));
        await CheckAsync(host, (3, true));
    }

    private static async Task CheckAsync(GatewayHost host, params (int Seed, bool IsGood)[] keys)
    {
        foreach (var (seed, isGood) in keys)
        {
            using var response = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)), TestKey.Bearer(seed));
            Assert.Equal(isGood ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    private Task<GatewayHost> StartAsync(Dictionary<string, string?> settings) => GatewayHost.StartAsync(settings, _time);

    private void Write(int seed) =>
        File.WriteAllText(_directory["keys.json"], $$"""{"Keys":[{"Name":"a","Sha256":"{{TestKey.Sha256(seed)}}"}]}""");

    // As the kubelet does: a new directory, and the link to it changed. (It renames the link; nobody reads meanwhile here.)
    private void Mount(string version, params (string Name, string Content)[] secrets)
    {
        var directory = Directory.CreateDirectory(_directory[".." + version]).FullName;
        foreach (var (name, content) in secrets)
        {
            File.WriteAllText(Path.Combine(directory, name), content);
            if (!File.Exists(_directory[name]))
            {
                File.CreateSymbolicLink(_directory[name], Path.Combine("..data", name));
            }
        }

        if (Directory.Exists(_directory["..data"]))
        {
            Directory.Delete(_directory["..data"]);
        }

        Directory.CreateSymbolicLink(_directory["..data"], ".." + version);
    }
}
