using Microsoft.AspNetCore.Http;

namespace Dinov2Cluster.Cli.Tests.Hub;

/// <summary>Failures of networks and servers during a download.</summary>
public sealed class HubDownloadTests : PullTestBase
{
    [Fact]
    public async Task A_connection_that_breaks_is_gone_on_with()
    {
        Once(Weights, (context, file) => Hub.BreakAsync(context, file, 1_000_000));

        var run = await PullAsync();

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        AssertWhole("config.json", Weights, "preprocessor_config.json");
        var requests = Hub.RequestsFor(Weights);
        Assert.Equal(2, requests.Length);
        Assert.Equal(("", ""), (requests[0].Range, requests[0].IfRange));
        Assert.Equal("bytes=1000000-", requests[1].Range);
        Assert.Equal("\"one\"", requests[1].IfRange);
        Assert.Equal([1], Time.Passed.Select(pause => pause.TotalSeconds));
    }

    [Fact]
    public async Task A_connection_that_keeps_breaking_is_given_up_and_a_second_run_goes_on()
    {
        const int Brought = 1_000_000;
        var broken = true;
        Hub.Intercept = async (context, file) =>
        {
            if (file == Weights && broken)
            {
                // Only the first attempt makes progress.
                await (context.Request.Headers.Range.Count == 0 ? Hub.BreakAsync(context, file, Brought) : AbortAsync(context));
                return true;
            }

            return false;
        };

        var first = await PullAsync();

        Assert.Equal(1, first.ExitCode);
        Assert.Contains("check the network and", first.Error, StringComparison.Ordinal);
        Assert.Equal([1, 2, 4, 8, 16], Time.Passed.Select(pause => pause.TotalSeconds));
        Assert.False(Directory.Exists(Output));
        Assert.Equal(Brought, new FileInfo(Path.Combine(Staging, Weights + ".part")).Length);

        broken = false;
        var second = await PullAsync();

        Assert.Equal((0, ""), (second.ExitCode, second.Error));
        AssertWhole("config.json", Weights, "preprocessor_config.json");
        Assert.Equal($"bytes={Brought}-", Hub.RequestsFor(Weights)[^1].Range);
        Assert.Single(Hub.RequestsFor("config.json"));
        Assert.Contains("continues after", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_stands_still_is_broken()
    {
        var stands = new TaskCompletionSource();
        Once(Weights, async (context, file) =>
        {
            context.Response.ContentLength = Hub.Files[file].Length;
            await context.Response.Body.WriteAsync(Hub.Files[file].AsMemory(0, 1000), Token);
            await context.Response.Body.FlushAsync(Token);
            stands.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });

        var pull = PullAsync();
        await stands.Task;
        Time.Advance(TimeSpan.FromSeconds(30));
        var run = await pull;

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        AssertWhole("config.json", Weights, "preprocessor_config.json");
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_sends_all_anew()
    {
        Once(Weights, (context, file) => Hub.BreakAsync(context, file, 1_000_000), then: (context, file) => context.Response.Body.WriteAsync(Hub.Files[file], Token).AsTask());

        Assert.Equal(0, (await PullAsync()).ExitCode);

        AssertWhole("config.json", Weights, "preprocessor_config.json");
        Assert.Equal(2, Hub.RequestsFor(Weights).Length);
    }

    [Fact]
    public async Task A_file_that_has_changed_is_not_spliced()
    {
        Once(Weights, async (context, file) =>
        {
            context.Response.Headers.ETag = "\"old\"";
            context.Response.ContentLength = Hub.Files[file].Length;
            await context.Response.Body.WriteAsync(new byte[1_000_000], Token);
            Hub.EntityTag = "\"new\"";
        });

        Assert.Equal(0, (await PullAsync()).ExitCode);

        AssertWhole("config.json", Weights, "preprocessor_config.json");
        Assert.Equal("\"old\"", Hub.RequestsFor(Weights)[1].IfRange);
        Assert.Equal(2, Hub.RequestsFor(Weights).Length);
    }

    [Theory]
    [InlineData("bytes 0-99/3393704", "\"one\"")]
    [InlineData("bytes 1000-1099/1100", "\"one\"")]
    [InlineData("bytes 1000-3393703/3393704", "\"two\"")]
    public async Task A_part_that_was_not_asked_for_is_not_taken(string contentRange, string tag)
    {
        await LeaveAsync(1000, "\"one\"");
        Once(Weights, async (context, file) =>
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = contentRange;
            context.Response.Headers.ETag = tag;
            await context.Response.Body.WriteAsync(new byte[100], Token);
        });

        Assert.Equal(0, (await PullAsync()).ExitCode);

        AssertWhole("config.json", Weights, "preprocessor_config.json");
        Assert.Equal(["bytes=1000-", ""], Hub.RequestsFor(Weights).Select(request => request.Range));
    }

    [Fact]
    public async Task A_wrong_checksum_is_brought_once_more()
    {
        Once(Weights, (context, file) => context.Response.Body.WriteAsync(Wrong(file), Token).AsTask());

        Assert.Equal(0, (await PullAsync()).ExitCode);

        AssertWhole("config.json", Weights, "preprocessor_config.json");
        Assert.Equal(["", ""], Hub.RequestsFor(Weights).Select(request => request.Range));
    }

    [Theory]
    [InlineData(Weights)]
    [InlineData("config.json")]
    public async Task A_checksum_that_stays_wrong_is_said(string name)
    {
        Hub.Intercept = async (context, file) =>
        {
            if (file == name)
            {
                await context.Response.Body.WriteAsync(Wrong(file), Token);
            }

            return file == name;
        };

        var run = await PullAsync();

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{name} arrived with a wrong checksum 2 times", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, Hub.RequestsFor(name).Length);
        Assert.False(Directory.Exists(Output));
        Assert.False(File.Exists(Path.Combine(Staging, name)));
        Assert.False(File.Exists(Path.Combine(Staging, name + ".part")));
    }

    [Fact]
    public async Task More_than_the_file_has_is_not_written()
    {
        Once(Weights, (context, file) => context.Response.Body.WriteAsync((byte[])[.. Hub.Files[file], .. new byte[1 << 20]], Token).AsTask());

        Assert.Equal(0, (await PullAsync()).ExitCode);

        AssertWhole("config.json", Weights, "preprocessor_config.json");
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_not_where_it_leads()
    {
        await using var network = await FakeHub.StartAsync();
        network.Intercept = async (context, file) =>
        {
            await network.SendAsync(context, file);
            return true;
        };
        network.Files.Add(Weights, Hub.Files[Weights]);
        Variables["HF_TOKEN"] = " hf_secret\n";
        Hub.Intercept = (context, file) =>
        {
            if (file == Weights)
            {
                context.Response.Redirect($"{network.Endpoint}/blobs/{Weights}");
            }

            return Task.FromResult(file == Weights);
        };

        Assert.Equal(0, (await PullAsync()).ExitCode);

        AssertWhole("config.json", Weights, "preprocessor_config.json");
        Assert.All(Hub.Requests, request => Assert.Equal("Bearer hf_secret", request.Authorization));
        Assert.Equal("", Assert.Single(network.Requests).Authorization);
    }

    [Fact]
    public async Task An_address_that_has_expired_is_asked_for_anew()
    {
        await using var network = await FakeHub.StartAsync();
        var expired = true;
        network.Intercept = async (context, file) =>
        {
            if (expired)
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                expired = false;
            }
            else
            {
                await network.SendAsync(context, file);
            }

            return true;
        };
        network.Files.Add(Weights, Hub.Files[Weights]);
        Hub.Intercept = (context, file) =>
        {
            if (file == Weights)
            {
                context.Response.Redirect($"{network.Endpoint}/blobs/{Weights}");
            }

            return Task.FromResult(file == Weights);
        };

        Assert.Equal(0, (await PullAsync()).ExitCode);

        AssertWhole("config.json", Weights, "preprocessor_config.json");
        Assert.Equal(2, Hub.RequestsFor(Weights).Length);
    }

    [Fact]
    public async Task Two_downloads_of_one_model_at_once_are_refused()
    {
        await LeaveAsync(1000, "\"one\"");
        await using var other = new FileStream(Path.Combine(Staging, Weights + ".part"), FileMode.Open, FileAccess.Write, FileShare.None);

        var run = await PullAsync();

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("is in use; wait until the other download of this model has ended", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Canceling_keeps_what_has_come()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Once(Weights, async (context, file) =>
        {
            await context.Response.Body.WriteAsync(Hub.Files[file].AsMemory(0, 1000), Token);
            await context.Response.Body.FlushAsync(Token);
            await cancel.CancelAsync();
        });

        var run = await PullAsync(cancellationToken: cancel.Token);

        Assert.Equal((1, $"dinov2: canceled; the same command continues from there{Environment.NewLine}"), (run.ExitCode, run.Error));
        Assert.True(File.Exists(Path.Combine(Staging, "config.json")));
    }
}
