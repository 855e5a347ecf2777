using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class ClusterRouterTests : IDisposable
{
    private readonly SimulatedCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void The_only_model_is_the_default()
    {
        Serve("a/cpu:0/m");

        Assert.True(_cluster.Router.TryGetModel(null, out var model));
        Assert.Equal(SimulatedCluster.Model, model);
    }

    [Fact]
    public void Two_models_need_a_configured_default()
    {
        Serve("a/cpu:0/m", "a/cpu:0/n");
        Assert.False(_cluster.Router.TryGetModel(null, out _));

        _cluster.Models.Default = "n";

        Assert.True(_cluster.Router.TryGetModel(null, out var model));
        Assert.Equal("n", model.Name);
        Assert.Equal(["m", "n"], _cluster.Router.Models);
    }

    [Fact]
    public void The_device_with_the_least_work_under_way_gets_the_image() => _cluster.Run(async () =>
    {
        Serve("a/cpu:0/m", "b/cpu:0/m");
        _cluster.State("a/cpu:0/m").Sent(1);

        await _cluster.EmbedAsync(1);

        Assert.Equal((0, 1), (_cluster["a/cpu:0/m"].Calls, _cluster["b/cpu:0/m"].Calls));
    });

    [Fact]
    public void The_parts_of_a_batch_are_put_together_in_the_order_of_the_rows() => _cluster.Run(async () =>
    {
        Serve("a/cpu:0/m", "b/cpu:0/m", "c/cpu:0/m");

        var batch = await _cluster.EmbedAsync(8);

        Assert.Equal([2, 3, 3], _cluster.All.Select(device => device.Computed).Order());
        Assert.Equal(0.25, batch.QueueSeconds);
        Assert.Equal(3 * 0.06, batch.InferenceSeconds, precision: 6);
        Assert.All(_cluster.All, device => Assert.Equal(0, _cluster.State(device.Address.ToString()).ImagesInFlight));
    });

    [Fact]
    public void A_part_that_fails_stops_the_others_and_its_error_counts() => _cluster.Run(async () =>
    {
        Serve("a/cpu:0/m", "b/cpu:0/m");
        _cluster["a/cpu:0/m"].Freeze();
        _cluster["b/cpu:0/m"].Poison = 7;
        _cluster["a/cpu:0/m"].Poison = 7;

        var failing = Fails(_cluster.EmbedAsync(8));
        await _cluster.Simulation.Delay(0.5);
        _cluster["a/cpu:0/m"].Thaw();

        Assert.Equal(EmbeddingErrorKind.Internal, await failing);
        Assert.All(_cluster.All, device => Assert.Equal(0, _cluster.State(device.Address.ToString()).ImagesInFlight));
    });

    [Fact]
    public void A_passed_deadline_calls_nobody() => _cluster.Run(async () =>
    {
        Serve("a/cpu:0/m");

        Assert.Equal(EmbeddingErrorKind.DeadlineExceeded, await Fails(_cluster.EmbedAsync(1, seconds: 0)));
        Assert.Equal(0, _cluster["a/cpu:0/m"].Calls);
    });

    [Fact]
    public void A_client_that_goes_away_stops_every_attempt_and_leaves_no_work_counted() => _cluster.Run(async () =>
    {
        Serve("a/cpu:0/m", "b/cpu:0/m");
        using var client = new CancellationTokenSource();

        var embedding = _cluster.EmbedAsync(8, client: client.Token);
        Assert.Equal(4, _cluster.State("a/cpu:0/m").ImagesInFlight);
        client.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedding);
        Assert.All(_cluster.All, device => Assert.True(Assert.Single(device.Tokens).IsCancellationRequested));
        Assert.All(_cluster.All, device => Assert.Equal(0, _cluster.State(device.Address.ToString()).ImagesInFlight));
        Assert.All(_cluster.All, device => Assert.True(_cluster.State(device.Address.ToString()).IsAvailable));
    });

    [Fact]
    public void A_model_that_is_gone_for_a_moment_is_waited_for() => _cluster.Run(async () =>
    {
        Serve("a/cpu:0/m");
        _cluster.Remove("a/cpu:0/m");
        _cluster.Poll();

        var embedding = _cluster.EmbedAsync(1);
        await _cluster.Simulation.Delay(4.5);
        Serve("b/cpu:0/m");

        await embedding;
    });

    [Fact]
    public void A_model_that_stays_away_ends_the_request_before_its_deadline() => _cluster.Run(async () =>
    {
        var start = _cluster.Simulation.Time.GetTimestamp();

        Assert.Equal(EmbeddingErrorKind.NoDevice, await Fails(_cluster.EmbedAsync(1)));

        Assert.InRange(_cluster.Simulation.Time.GetElapsedTime(start), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.1));
    });

    [Fact]
    public void Calls_spread_over_silos_in_proportion_to_what_their_devices_can_do() => _cluster.Run(async () =>
    {
        // 16.7, 33.3 and, in best batches of 4, 80 images per second.
        _cluster.Add("a/cpu:0/m", 0.06);
        _cluster.Add("b/cpu:0/m", 0.03);
        _cluster.Add("c/cuda:0/m", 0.02, 0.03, 0.04, 0.05);
        _cluster.Poll();
        var clients = Enumerable.Range(0, 24).Select(async client =>
        {
            for (var i = 0; i < 40; i++)
            {
                await _cluster.EmbedAsync(1 + ((client + i) % 8));
            }
        });

        await Task.WhenAll(clients);

        double total = _cluster.All.Sum(device => device.Computed);
        Assert.Equal(24 * 40 * 4.5, total);
        Assert.InRange(_cluster["a/cpu:0/m"].Computed / total, 0.9 * 16.7 / 130, 1.35 * 16.7 / 130);
        Assert.InRange(_cluster["b/cpu:0/m"].Computed / total, 0.9 * 33.3 / 130, 1.35 * 33.3 / 130);
        Assert.InRange(_cluster["c/cuda:0/m"].Computed / total, 0.8 * 80 / 130, 1.1 * 80 / 130);
    });

    private static async Task<EmbeddingErrorKind> Fails(Task embedding) =>
        (await Assert.ThrowsAsync<EmbeddingException>(() => embedding)).Kind;

    private void Serve(params string[] devices)
    {
        foreach (var key in devices)
        {
            _cluster.Add(key, 0.06);
        }

        _cluster.Poll();
    }
}
