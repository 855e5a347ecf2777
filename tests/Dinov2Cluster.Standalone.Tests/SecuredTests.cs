using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Standalone.Tests;

/// <summary>A host that not everybody may use, as its operator runs it.</summary>
public sealed class SecuredTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_mounted_key_opens_it_and_operators_have_an_address_of_their_own()
    {
        var key = Convert.ToHexStringLower(SHA256.HashData("a random key"u8));
        Directory.CreateDirectory(_directory["keys"]);
        await File.WriteAllTextAsync(Path.Combine(_directory["keys"], "team-a"), key + "\n", Cancellation);
        var management = "http://127.0.0.1:" + FreePort.Take(1)[0].ToString(CultureInfo.InvariantCulture);
        await using var host = StandaloneProcess.Start(
            _directory.Path, "--Gateway:GrpcUrl", "", "--Gateway:ManagementUrl", management, "--Auth:KeysDirectory", _directory["keys"]);
        await host.WaitUntilReadyAsync(Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, await ScoreAsync(host, key: null));
        Assert.Equal(HttpStatusCode.Unauthorized, await ScoreAsync(host, key[1..]));
        Assert.Equal(HttpStatusCode.OK, await ScoreAsync(host, key));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(host, "/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(host, "/cluster"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(host, management + "/cluster"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(host, management + "/health/ready"));
        var metrics = await host.Http.GetStringAsync(management + "/metrics", Cancellation);
        Assert.Matches("""dinov2_gateway_caller_images_total\{[^}]*caller="team-a"[^}]*\} 1\b""", metrics);
        Assert.Matches("""dinov2_gateway_auth_failures_total\{[^}]*reason="unknown_key"[^}]*\} 1\b""", metrics);
        Assert.DoesNotContain(key[1..], host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_to_others_without_a_key_it_does_not_start_and_names_the_choices()
    {
        await using var host = StandaloneProcess.Start(_directory.Path, "--Gateway:GrpcUrl", "", "--urls", "http://0.0.0.0:0");

        await host.Process.WaitForExitAsync(Cancellation);

        Assert.Equal(1, host.Process.ExitCode);
        Assert.Contains("Auth:Mode=Off", host.Output, StringComparison.Ordinal);
        Assert.Contains("Auth:KeysFile", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> ScoreAsync(HostProcess host, string? key)
    {
        var image = Convert.ToBase64String(await File.ReadAllBytesAsync(GoldenData.Image("coffee-420.jpg"), Cancellation));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/score")
        {
            Content = new StringContent($$"""{"input_data":[{"image":"{{image}}"}]}""", Encoding.UTF8, "application/json"),
        };
        if (key is not null)
        {
            request.Headers.Authorization = new("Bearer", key);
        }

        using var response = await host.Http.SendAsync(request, Cancellation);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> GetAsync(HostProcess host, string url)
    {
        using var response = await host.Http.GetAsync(url, Cancellation);
        return response.StatusCode;
    }
}
