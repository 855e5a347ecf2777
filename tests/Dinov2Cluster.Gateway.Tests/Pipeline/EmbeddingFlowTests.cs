using System.Diagnostics.Metrics;
using System.Net;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Dinov2Cluster.Gateway.Tests.Pipeline;

/// <summary>What happens to requests in flight, seen through the real server.</summary>
public sealed class EmbeddingFlowTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_of_64_concurrent_requests_of_different_sizes_never_mix()
    {
        // Room for all of them at once: which ones admission would refuse is a matter of timing.
        await using var host = await GatewayHost.StartAsync(new() { ["Admission:MaxImages"] = "4096" });
        var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = 0;
        host.Router.OnEmbed = async (model, crops, token) =>
        {
            // The first call answers last of all, so replies surely come out of order; the crops are read only then.
            if (Interlocked.Exchange(ref first, 1) == 0)
            {
                await finished.Task.WaitAsync(token);
            }

            await Task.Yield();
            return FakeRouter.Answer(model, crops);
        };

        var open = 64;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async request =>
        {
            var images = Enumerable.Range(0, 1 + (request % 19))
                .Select(row => TestImage.Bmp((request * 100) + row, 8 + (row % 7), 9 + (request % 11))).ToArray();
            var model = request % 3 == 0 ? "wide" : "tiny";
            using var response = await host.ScoreAsync(
                ScoreJson.Split([.. images.Select(Convert.ToBase64String)]), ("azureml-model-deployment", model));
            await host.CheckRowsAsync(response, model, images);
            if (Interlocked.Decrement(ref open) == 1)
            {
                finished.SetResult();
            }
        }));

        Assert.Equal(0, host.Services.GetRequiredService<AdmissionControl>().ImagesInFlight);
        Assert.Equal(0, host.Services.GetRequiredService<BodyBudget>().Used);
    }

    [Fact]
    public async Task A_client_that_leaves_cancels_the_call_to_the_devices()
    {
        await using var host = await GatewayHost.StartAsync();
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var canceled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Router.OnEmbed = async (_, _, token) =>
        {
            using var registration = token.Register(canceled.SetResult);
            called.SetResult();
            await canceled.Task;
            throw new OperationCanceledException(token);
        };

        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var content = new StringContent(ScoreJson.Split(TestImage.Base64(1)), new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        var request = host.Client.PostAsync("/score", content, leaving.Token);
        await called.Task.WaitAsync(Cancellation);
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await canceled.Task.WaitAsync(Cancellation);
        host.Router.OnEmbed = null;
        await host.CheckServesAsync();
    }

    [Theory]
    [InlineData(null, 60_000, "server")]
    [InlineData("1500", 1500, "caller")]
    [InlineData("70000", 60_000, "server")]
    public async Task When_the_deadline_passes_the_answer_is_504_even_if_the_devices_never_answer(string? header, int milliseconds, string fault)
    {
        var time = new TestClock();
        await using var host = await GatewayHost.StartAsync(time: time);
        using var failures = new MetricCollector<long>(host.Services.GetRequiredService<IMeterFactory>(), GatewayMetrics.Name, "dinov2.gateway.failures");
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Router.OnEmbed = async (_, _, _) =>
        {
            called.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, time, Cancellation);
            throw new InvalidOperationException();
        };

        var request = host.ScoreAsync(
            ScoreJson.Split(TestImage.Base64(1)), header is null ? [] : [("x-dinov2-deadline-ms", header)]);
        await called.Task.WaitAsync(Cancellation);
        time.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
        Assert.False(request.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        using var response = await request;
        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.GatewayTimeout, "The deadline passed before the answer was ready.");
        Assert.Equal("True", response.Headers.GetValues("x-ms-run-function-failed").Single());
        await failures.WaitForMeasurementsAsync(1, Cancellation);
        Assert.Equal(("deadline_exceeded", fault), (failures.LastMeasurement!.Tags["reason"], failures.LastMeasurement.Tags["fault"]));
        Assert.Equal(0, host.Services.GetRequiredService<AdmissionControl>().ImagesInFlight);
    }

    [Fact]
    public async Task The_deadline_covers_an_image_that_is_still_being_read()
    {
        var time = new TestClock();
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(time: time, crops: crops);

        var request = host.ScoreAsync(ScoreJson.Split("wait"));
        await crops.Started("wait").WaitAsync(Cancellation);
        time.Advance(TimeSpan.FromSeconds(60));

        using var response = await request;
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Empty(host.Router.Calls);
    }

    [Fact]
    public async Task Over_the_admission_limit_a_request_is_refused_before_anything_is_decoded()
    {
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(
            new() { ["Admission:MaxImages"] = "3", ["Gateway:MaxImagesPerRequest"] = "3" }, crops: crops);
        var held = host.ScoreAsync(ScoreJson.Split("wait-a", "wait-b"));
        await Task.WhenAll(crops.Started("wait-a"), crops.Started("wait-b")).WaitAsync(Cancellation);

        using var refused = await host.ScoreAsync(ScoreJson.Split("c", "d"));
        using var fits = await host.ScoreAsync(ScoreJson.Split("e"));

        await GatewayHost.CheckErrorAsync(
            refused, HttpStatusCode.TooManyRequests, "The service is overloaded. Try again after the seconds in 'Retry-After'.");
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        Assert.Equal("False", refused.Headers.GetValues("x-ms-run-function-failed").Single());
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        Assert.Equal(3, crops.Reads);
        crops.Release("wait-a");
        crops.Release("wait-b");
        using var first = await held;
        using var again = await host.ScoreAsync(ScoreJson.Split("c", "d"));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], [first.StatusCode, again.StatusCode]);
    }

    [Fact]
    public async Task The_lowest_bad_row_is_told_even_when_a_later_one_failed_first()
    {
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(crops: crops);

        var request = host.ScoreAsync(ScoreJson.Split("a", "wait-bad", "b", "x-bad"));
        await Task.WhenAll(crops.Started("x-bad"), crops.Started("wait-bad")).WaitAsync(Cancellation);
        crops.Release("wait-bad");

        using var response = await request;
        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.BadRequest, "Row 1: The image is truncated or corrupt.");
    }

    [Fact]
    public async Task A_bad_row_ends_the_request_without_waiting_for_later_rows()
    {
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(crops: crops);

        var request = host.ScoreAsync(ScoreJson.Split("wait-bad", "wait-forever"));
        await crops.Started("wait-forever").WaitAsync(Cancellation);
        crops.Release("wait-bad");

        using var response = await request;
        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.BadRequest, "Row 0: The image is truncated or corrupt.");
        Assert.Empty(host.Router.Calls);
    }

    [Fact]
    public async Task A_bad_row_cancels_the_calls_that_are_already_out()
    {
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(crops: crops);
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var canceled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Router.OnEmbed = async (_, _, token) =>
        {
            using var registration = token.Register(canceled.SetResult);
            called.SetResult();
            await canceled.Task;
            throw new OperationCanceledException(token);
        };

        var request = host.ScoreAsync(ScoreJson.Split("0", "1", "2", "3", "4", "5", "6", "7", "wait-bad"));
        await called.Task.WaitAsync(Cancellation);
        crops.Release("wait-bad");

        using var response = await request;
        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.BadRequest, "Row 8: The image is truncated or corrupt.");
        Assert.True(canceled.Task.IsCompleted);
    }

    [Fact]
    public async Task A_group_leaves_while_later_rows_are_still_decoded()
    {
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(crops: crops);
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Router.OnEmbed = (model, batch, _) =>
        {
            called.TrySetResult();
            return Task.FromResult(FakeRouter.Answer(model, batch));
        };

        var request = host.ScoreAsync(ScoreJson.Split("0", "1", "2", "3", "4", "5", "6", "7", "wait"));
        await called.Task.WaitAsync(Cancellation);
        Assert.Equal([8], host.Router.Calls);
        crops.Release("wait");

        using var response = await request;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal([8, 1], host.Router.Calls);
    }

    [Fact]
    public async Task A_fault_of_the_decoder_is_our_fault_and_stays_in_the_log()
    {
        await using var host = await GatewayHost.StartAsync(crops: new GatedCropReader());
        host.ExpectsErrors = true;

        using var response = await host.ScoreAsync(ScoreJson.Split("a", "bug"));

        await GatewayHost.CheckErrorAsync(
            response, HttpStatusCode.InternalServerError, "An unexpected error occurred in scoring script. Check the logs for more info.");
        Assert.Contains(host.Logs.GetSnapshot(), log => log.Exception?.InnerException?.Message == "0x7fff1234 secret");
    }

    [Fact]
    public async Task No_more_rows_of_a_request_are_in_work_than_the_options_say()
    {
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(new() { ["Gateway:RowsInFlight"] = "2" }, crops: crops);

        var request = host.ScoreAsync(ScoreJson.Split("wait-a", "wait-b", "c", "d"));
        await Task.WhenAll(crops.Started("wait-a"), crops.Started("wait-b")).WaitAsync(Cancellation);
        Assert.Equal(2, crops.Reads);
        crops.Release("wait-a");
        crops.Release("wait-b");

        using var response = await request;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(4, crops.Reads);
    }
}
