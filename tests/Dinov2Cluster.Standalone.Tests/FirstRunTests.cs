using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Standalone.Tests;

/// <summary>What a newcomer meets: no model repository, an empty cache, a wrong setting, Ctrl+C.</summary>
public sealed class FirstRunTests : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("dinov2-cache-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public async Task Without_a_repository_a_random_model_is_made_in_the_cache_and_served_with_a_warning()
    {
        await using var host = StandaloneProcess.Start(_cache);
        await host.WaitUntilReadyAsync(Cancellation);

        var rows = await host.EmbedAsync(["coffee-420.jpg", "cat.png"], model: null, Cancellation);

        Assert.Equal([128, 128], rows.Select(row => row.Length));
        Assert.True(File.Exists(Path.Combine(_cache, "dinov2cluster", "models", "random-nano", "model.safetensors")));
        Assert.Contains("random weights: its features mean nothing", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_random_model_is_compiled_with_its_patch_tokens_when_asked_for()
    {
        await using var host = StandaloneProcess.Start(_cache, "--Models:PatchTokens", "true");
        await host.WaitUntilReadyAsync(Cancellation);

        var rows = await host.EmbedAsync(["coffee-420.jpg"], model: null, Cancellation);

        Assert.Equal(128, Assert.Single(rows).Length);
        var compiled = Path.Combine(_cache, "dinov2cluster", "models", "random-nano", "compiled");
        Assert.Equal([Path.Combine(compiled, "fp32-legacy-224-patch-tokens")], Directory.GetDirectories(compiled));
    }

    [Fact]
    public async Task A_stop_under_load_answers_every_accepted_request_and_ends_with_0()
    {
        // However slow the machine is, all of it is accepted; and the device takes longer than the decoder.
        await using var host = StandaloneProcess.Start(
            _cache, "--Devices:0:Kind", "Simulated", "--Devices:0:Simulated:LatencyPerImage", "00:00:00.020", "--Admission:MaxQueueTime", "00:10:00");
        await host.WaitUntilReadyAsync(Cancellation);
        var first = await host.EmbedAsync(["coffee-420.jpg"], model: null, Cancellation);
        var many = Enumerable.Repeat("coffee-420.jpg", 64).ToArray();
        var accepted = Enumerable.Range(0, 4).Select(_ => host.EmbedAsync(many, model: null, Cancellation)).ToArray();
        await WaitUntilDecodingAsync(host, 1 + 256);

        await host.StopAsync(Cancellation);

        foreach (var rows in await Task.WhenAll(accepted))
        {
            Assert.All(rows, row => Assert.True(Similarity.Cosine(row, first[0]) > 0.99999));
        }

        Assert.Equal(0, host.Process.ExitCode);
    }

    [Fact]
    public async Task A_stop_waits_for_a_slow_device_and_is_not_ready_meanwhile()
    {
        // Longer than the drain delay: the web server and the silo must both wait for the device.
        await using var host = StandaloneProcess.Start(
            _cache, "--Devices:0:Kind", "Simulated", "--Devices:0:Simulated:BaseLatency", "00:00:01.1", "--Gateway:DrainDelay", "00:00:00.5");
        await host.WaitUntilReadyAsync(Cancellation);
        var accepted = host.EmbedAsync(["coffee-420.jpg", "cat.png"], model: null, Cancellation);
        await WaitUntilDecodingAsync(host, 2);

        var stopped = host.StopAsync(Cancellation);
        await WaitUntilNotReadyAsync(host);

        Assert.False(accepted.IsCompleted);
        Assert.Equal(2, (await accepted).Length);
        await stopped;
        Assert.Equal(0, host.Process.ExitCode);
    }

    [Fact]
    public async Task Bad_settings_are_all_told_at_once_and_the_exit_code_is_1()
    {
        await using var host = StandaloneProcess.Start(_cache, "--Cluster:AdvertisedIp", "nowhere.invalid", "--Gateway:MaxBodyBytes", "-1", "--Batching:MaxBatchSize", "0");

        await host.Process.WaitForExitAsync(Cancellation);

        Assert.Equal(1, host.Process.ExitCode);
        Assert.All(["AdvertisedIp", "MaxBodyBytes", "MaxBatchSize"], name => Assert.Contains(name, host.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_host_on_the_ports_of_the_first_names_each_of_them_and_ends_with_1()
    {
        await using var first = StandaloneProcess.Start(_cache);
        await first.WaitUntilReadyAsync(Cancellation);
        // The program and its ports; a silo alone has its own setting for HTTP.
        string[] arguments = [.. first.Process.StartInfo.ArgumentList.Skip(1)];
        (string Assembly, string[] More, string[] Settings)[] hosts =
        [
            ("Dinov2Cluster.Standalone.dll", [], ["urls", "Gateway:GrpcUrl", "Cluster:SiloPort", "Cluster:GatewayPort"]),
            ("Dinov2Cluster.Gateway.dll", [], ["urls", "Gateway:GrpcUrl"]),
            ("Dinov2Cluster.Silo.dll", ["--Silo:HttpUrl", first.Http.BaseAddress!.ToString()], ["Silo:HttpUrl", "Cluster:SiloPort", "Cluster:GatewayPort"]),
        ];

        foreach (var (assembly, more, settings) in hosts)
        {
            await using var second = HostProcess.Start(
                assembly, first.Http.BaseAddress, [.. arguments, .. more], new Dictionary<string, string> { ["XDG_CACHE_HOME"] = _cache });
            await second.Process.WaitForExitAsync(Cancellation);

            Assert.Equal(1, second.Process.ExitCode);
            var lines = second.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Assert.All(lines, line => Assert.EndsWith("is in use by another process; stop that process, or choose another port.", line, StringComparison.Ordinal));
            Assert.Equal(settings.Order(StringComparer.Ordinal), lines.Select(line => line[..line.IndexOf(": port ", StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
        }

        Assert.Equal(128, Assert.Single(await first.EmbedAsync(["coffee-420.jpg"], model: null, Cancellation)).Length);
    }

    [Fact]
    public async Task A_repository_without_a_model_ends_the_host_with_the_reason()
    {
        var empty = Directory.CreateDirectory(Path.Combine(_cache, "empty")).FullName;
        await using var host = StandaloneProcess.Start(_cache, "--Models:Repository", empty);
        host.ExpectsErrors = true;

        await host.Process.WaitForExitAsync(Cancellation);

        Assert.Equal(1, host.Process.ExitCode);
        Assert.Contains("holds no model", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_ends_the_host_with_the_reason()
    {
        var file = Path.Combine(_cache, "a-file");
        await File.WriteAllTextAsync(file, "", Cancellation);
        await using var host = StandaloneProcess.Start(file);
        host.ExpectsErrors = true;

        await host.Process.WaitForExitAsync(Cancellation);

        Assert.Equal(1, host.Process.ExitCode);
        Assert.Contains("can't be written", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    // A count that only grows: the number in flight may be reached and left between two looks.
    private static async Task WaitUntilDecodingAsync(HostProcess host, int images)
    {
        var metrics = new Uri("/metrics", UriKind.Relative);
        var line = FormattableString.Invariant($"dinov2_gateway_decoder_wait_duration_seconds_count{{otel_scope_name=\"Dinov2Cluster.Gateway\"}} {images}\n");
        while (!(await host.Http.GetStringAsync(metrics, Cancellation)).Contains(line, StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        }
    }

    private static async Task WaitUntilNotReadyAsync(HostProcess host)
    {
        while (true)
        {
            using var response = await host.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation);
            if (response.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable)
            {
                Assert.Contains("shutting down", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
                return;
            }

            Assert.True(response.IsSuccessStatusCode);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        }
    }
}
