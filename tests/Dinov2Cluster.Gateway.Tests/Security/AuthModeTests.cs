using System.Net;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Gateway.Tests.Security;

public sealed class AuthModeTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://localhost:8080;http://[::1]:8080")]
    [InlineData("http://unix:/tmp/gateway.sock")]
    public async Task On_loopback_nobody_has_to_say_who_they_are(string urls)
    {
        await using var host = await GatewayHost.StartAsync(new() { ["urls"] = urls });

        await host.CheckServesAsync();
        Assert.DoesNotContain(host.Logs.GetSnapshot(), log => log.Id.Id is >= 2300 and < 2400);
    }

    [Theory]
    [InlineData("urls", "http://0.0.0.0:8080")]
    [InlineData("urls", "http://127.0.0.1:8080;http://*:8090")]
    [InlineData("urls", "https://+:8443")]
    [InlineData("urls", "http://[::]:8080")]
    [InlineData("urls", "http://gateway.example:8080")]
    [InlineData("urls", "http://10.1.2.3:8080")]
    [InlineData("http_ports", "8080")]
    [InlineData("https_ports", "8443")]
    [InlineData("Gateway:GrpcUrl", "http://0.0.0.0:8081")]
    [InlineData("Kestrel:Endpoints:Public:Url", "http://*:80")]
    public async Task Elsewhere_the_start_is_refused_until_somebody_chooses(string setting, string value)
    {
        var settings = new Dictionary<string, string?> { [setting] = value };
        var error = await Assert.ThrowsAnyAsync<Exception>(() => GatewayHost.StartAsync(settings));

        var line = Assert.Single(StartupErrors.Describe(error) ?? []);
        foreach (var choice in (string[])["Auth:Keys", "Auth:KeysFile", "Auth:KeysDirectory", "Auth:Jwt", "Auth:Mode=Off"])
        {
            Assert.Contains(choice, line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Off_by_choice_is_said_in_a_warning()
    {
        await using var host = await GatewayHost.StartAsync(
            new(TestKey.Settings(1, "a")) { ["urls"] = "http://0.0.0.0:8080", ["Auth:Mode"] = "Off" });

        await host.CheckServesAsync();
        Assert.Single(host.Logs.GetSnapshot(), log => log.Id.Id == 2300 && log.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task With_a_key_the_gateway_listens_anywhere()
    {
        await using var host = await GatewayHost.StartAsync(new(TestKey.Settings(1, "a")) { ["urls"] = "http://0.0.0.0:8080" });

        using var response = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task The_operators_address_may_be_open_where_the_others_are_loopback()
    {
        await using var host = await GatewayHost.StartAsync(
            new() { ["Gateway:ManagementUrl"] = $"http://0.0.0.0:{FreePort.Take(1)[0]}" });

        await host.CheckServesAsync();
    }

    [Theory]
    [InlineData("Auth:Mode", "Required", "nobody could get in")]
    [InlineData("Auth:Mode", "Sometimes", "Auth:Mode")]
    [InlineData("Auth:Mode", "7", "Auth:Mode must be")]
    [InlineData("Auth:KeyFile", "/keys.json", "KeyFile")]
    [InlineData("Auth:KeysFile", "/nowhere/keys.json", "Auth:KeysFile")]
    [InlineData("Auth:KeysDirectory", "/nowhere", "Auth:KeysDirectory")]
    [InlineData("Auth:Keys:0:Name", "a", "Auth:Keys:0:Sha256")]
    [InlineData("Auth:Keys:0:ImagePerSecond", "1", "ImagePerSecond")]
    [InlineData("Auth:Keys:0:ImagesPerSecond", "many", "Auth:Keys:0:ImagesPerSecond")]
    public async Task A_setting_that_makes_no_sense_stops_the_start_and_is_named(string key, string value, string told)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => GatewayHost.StartAsync(new() { [key] = value }));

        Assert.Contains(told, Assert.Single(StartupErrors.Describe(error) ?? []), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_errors_are_told_at_once()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => GatewayHost.StartAsync(new()
        {
            ["Auth:Keys:0:Name"] = "a b",
            ["Auth:Keys:0:Sha256"] = TestKey.Sha256(1),
            ["Auth:Keys:0:ImageQuota"] = "-1",
            ["Auth:Jwt:Authority"] = "http://issuer.example",
            ["Auth:Jwt:ImagesPerSecond"] = "-1",
            ["Gateway:MaxImagesPerRequest"] = "600",
        }));

        Assert.Equal(6, StartupErrors.Describe(error)?.Count);
    }

    [Fact]
    public async Task A_scope_alone_is_told_what_else_tokens_take()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => GatewayHost.StartAsync(new() { ["Auth:Jwt:RequiredScope"] = "embed" }));

        Assert.Equal(
            ["Auth:Jwt:Audience", "Auth:Jwt:Authority"], StartupErrors.Describe(error)?.Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Authority", "issuer.example", "Auth:Jwt:Authority must be")]
    [InlineData("MetadataAddress", "ftp://issuer.example/metadata", "Auth:Jwt:MetadataAddress must be")]
    [InlineData("Authority", "http://issuer.example", "begin with https")]
    [InlineData("NameClaim", "", "Auth:Jwt:NameClaim")]
    [InlineData("Audience", "", "Auth:Jwt:Audience is missing")]
    public async Task A_token_issuer_that_makes_no_sense_stops_the_start(string setting, string value, string told)
    {
        var settings = new Dictionary<string, string?> { ["Auth:Jwt:Authority"] = "https://issuer.example", ["Auth:Jwt:Audience"] = "a" };
        settings["Auth:Jwt:" + setting] = value;

        var error = await Assert.ThrowsAnyAsync<Exception>(() => GatewayHost.StartAsync(settings));

        Assert.Contains(told, Assert.Single(StartupErrors.Describe(error) ?? []), StringComparison.Ordinal);
    }
}
