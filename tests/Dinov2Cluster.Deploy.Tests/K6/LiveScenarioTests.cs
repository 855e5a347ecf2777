namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>Every scenario, as its file is, against a live gateway.</summary>
public sealed class LiveScenarioTests(LiveGateway gateway) : IClassFixture<LiveGateway>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("smoke", 9, 1, "score")]
    [InlineData("steady", 7, 1, "score")]
    [InlineData("steady", 3, 3, "openai")]
    [InlineData("steady", 3, 3, "oip")]
    [InlineData("ramp", 2, 1, "score")]
    [InlineData("burst", 2, 1, "openai")]
    [InlineData("soak", 2, 1, "oip")]
    [InlineData("silo-loss", 2, 2, "score")]
    [InlineData("grpc", 3, 1, "score")]
    [InlineData("grpc", 3, 3, "score")]
    public async Task Its_requests_are_answered_and_its_checks_hold(string scenario, int iterations, int images, string protocol)
    {
        var settings = gateway.Settings();
        (settings["PROTOCOL"], settings["IMAGES_PER_REQUEST"]) = (protocol, $"{images}");
        if (scenario == "silo-loss")
        {
            // Its watcher has no turn here.
            settings.Remove("CLUSTER_URL");
        }

        var run = await ScenarioRun.RunAsync(scenario, iterations, settings, Cancellation);

        Assert.Empty(run.Crossed);
        Assert.Equal((iterations, 0), (run.Samples("dinov2_failed"), run.Passes("dinov2_failed")));
        Assert.Equal(0, run.Passes("dinov2_rejected"));
        Assert.Equal(iterations * images, run.Count("dinov2_images"));
        Assert.Equal(run.Samples("checks"), run.Passes("checks"));
        Assert.All(["preprocess", "queue", "inference"], stage => Assert.NotNull(run.Metrics[$"dinov2_server_{stage}"]));
    }

    [Theory]
    [InlineData("steady", "DIMENSIONS", "127", "(1 rows of 128)")]
    [InlineData("steady", "MODEL", "no-such-model", "status 404")]
    [InlineData("steady", "API_KEY", "no-such-key", "status 401")]
    [InlineData("steady", "BASE_URL", "http://127.0.0.1:1", "status 0")]
    [InlineData("grpc", "DIMENSIONS", "127", "(1 rows of 128)")]
    [InlineData("grpc", "MODEL", "no-such-model", "gRPC status 5")]
    [InlineData("grpc", "API_KEY", "no-such-key", "gRPC status 16")]
    [InlineData("grpc", "GRPC_URL", "http://127.0.0.1:1", "gRPC status 14")]
    public async Task An_answer_that_was_not_asked_for_fails_and_the_log_says_why(string scenario, string setting, string value, string reason)
    {
        var settings = gateway.Settings();
        settings[setting] = value;

        var run = await ScenarioRun.RunAsync(scenario, 2, settings, Cancellation);

        Assert.Equal((2, 0), (run.Passes("dinov2_failed"), run.Passes("dinov2_rejected")));
        Assert.Equal(0, run.Count("dinov2_images"));
        Assert.Contains("dinov2_failed: rate==0", run.Crossed);
        Assert.Contains("checks: rate==1", run.Crossed);
        Assert.Contains(reason, run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("overload", LiveGateway.LimitedKey)]
    [InlineData("grpc", LiveGateway.OtherLimitedKey)]
    public async Task Requests_that_are_turned_away_count_apart_and_are_no_failures(string scenario, string key)
    {
        var run = await ScenarioRun.RunAsync(scenario, LiveGateway.Quota + 2, gateway.Settings(key), Cancellation);

        Assert.Equal(0, run.Passes("dinov2_failed"));
        Assert.Equal(2, run.Passes("dinov2_rejected"));
        Assert.Equal(LiveGateway.Quota, run.Count("dinov2_images"));
        Assert.Equal(run.Samples("checks"), run.Passes("checks"));
        // What an overload is for is what a steady load may not have.
        Assert.Equal(scenario == "overload" ? [] : ["dinov2_rejected: rate==0"], run.Crossed);
        Assert.All(run.Metrics, metric => Assert.False(metric.Key == "http_req_failed" && run.Passes(metric.Key) > 0));
        Assert.Contains($"accepted{LiveGateway.Quota,20}", (string)run.Summary["stdout"]!, StringComparison.Ordinal);
        Assert.Contains($"rejected (429){2,14}", (string)run.Summary["stdout"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_that_loses_no_silo_fails_the_watched_scenario()
    {
        var run = await ScenarioRun.RunAsync("silo-loss", 3, gateway.Settings(), Cancellation, "watch");

        Assert.Equal(0, run.Count("dinov2_silos_lost"));
        Assert.Contains("dinov2_silos_lost: count>0", run.Crossed);
    }
}
