using System.Diagnostics.Metrics;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Protocol.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Gateway.Tests.Protocols.EmbeddingsV1;

public sealed class EmbedStreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Images_are_answered_as_they_finish()
    {
        await using var test = await StreamTest.StartAsync();
        await test.StartAsync(1, "wait-slow");
        await test.SendAsync(2, "fast");
        var first = await test.NextAsync();
        test.Crops.Release("wait-slow");
        var second = await test.NextAsync();
        await test.Call.RequestStream.CompleteAsync();

        Assert.Equal((2ul, 1ul), (first.Id, second.Id));
        test.Check(first, "fast");
        test.Check(second, "wait-slow");
        Assert.Empty(await test.RestAsync());
        Assert.Equal(StatusCode.OK, test.Call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task A_half_closed_stream_answers_all_that_it_has_read()
    {
        await using var test = await StreamTest.StartAsync();
        for (var id = 0ul; id < 200; id++)
        {
            await test.SendAsync(id, $"image {id}");
        }

        await test.Call.RequestStream.CompleteAsync();
        var answers = await test.RestAsync();

        Assert.Equal(200, answers.Count);
        Assert.All(answers, answer => test.Check(answer.Value, $"image {answer.Key}"));
        await test.IsReleasedAsync();
    }

    [Fact]
    public async Task An_empty_stream_ends_well()
    {
        await using var test = await StreamTest.StartAsync();

        await test.Call.RequestStream.CompleteAsync();

        Assert.Empty(await test.RestAsync());
    }

    [Fact]
    public async Task No_more_images_are_read_than_may_be_in_work()
    {
        await using var test = await StreamTest.StartAsync(settings: [("Gateway:StreamImagesInFlight", "4")]);
        var size = new EmbedStreamRequest { Id = 1, Image = EmbeddingsClient.Encoded("wait-0") }.CalculateSize();
        for (var id = 0; id < 10; id++)
        {
            await test.SendAsync((ulong)id + 1, $"wait-{id}");
        }

        await StreamTest.BecomesAsync(() => test.Bodies.Used == 4 * size);
        // The server has had every occasion to read on.
        await test.Client.EmbedAsync(options: null, EmbeddingsClient.Encoded("other"));
        Assert.Equal(4 * size, test.Bodies.Used);

        for (var id = 0; id < 10; id++)
        {
            test.Crops.Release($"wait-{id}");
        }

        await test.Call.RequestStream.CompleteAsync();
        Assert.Equal(10, (await test.RestAsync()).Count);
    }

    [Fact]
    public async Task Images_that_gather_travel_together()
    {
        await using var test = await StreamTest.StartAsync(settings: [("Gateway:StreamImagesInFlight", "16")]);
        await test.StartAsync(1, "wait-a");
        await test.StartAsync(2, "wait-b");
        // All messages have the same size.
        var held = test.Bodies.Used;
        for (var id = 3ul; id <= 10; id++)
        {
            await test.SendAsync(id, $"c{id:00000}");
        }

        await test.Call.RequestStream.CompleteAsync();
        await StreamTest.BecomesAsync(() => test.Bodies.Used == 5 * held);
        test.Crops.Release("wait-a");
        test.Crops.Release("wait-b");
        var answers = await test.RestAsync();

        Assert.Equal(10, answers.Count);
        Assert.Equal(10, test.Host.Router.Calls.Sum());
        Assert.True(test.Host.Router.Calls.Max() >= 4);
    }

    [Fact]
    public async Task A_bad_image_is_told_in_its_own_answer()
    {
        await using var test = await StreamTest.StartAsync();
        test.Host.ExpectsErrors = true;
        await test.SendAsync(1, "a");
        await test.SendAsync(2, "b-bad");
        await test.Call.RequestStream.WriteAsync(new EmbedStreamRequest { Id = 3 }, Cancellation);
        await test.Call.RequestStream.WriteAsync(new EmbedStreamRequest { Id = 4, Image = new Image() }, Cancellation);
        await test.SendAsync(5, "e-bug");
        await test.SendAsync(6, "f");
        await test.Call.RequestStream.CompleteAsync();
        var answers = await test.RestAsync();

        test.Check(answers[1], "a");
        Assert.Equal((3, "bad_image", "The image is truncated or corrupt."), Error(answers[2]));
        Assert.Equal((3, "bad_request", "The image has none of 'encoded', 'url' and 'crop'."), Error(answers[3]));
        Assert.Equal((3, "bad_request", "The image has none of 'encoded', 'url' and 'crop'."), Error(answers[4]));
        Assert.Equal((13, "internal", "An unexpected internal error occurred. Check the logs for more info."), Error(answers[5]));
        test.Check(answers[6], "f");
        await test.IsReleasedAsync();
    }

    [Fact]
    public async Task What_the_devices_say_to_a_batch_is_told_to_its_images()
    {
        await using var test = await StreamTest.StartAsync();
        test.Host.Router.OnEmbed = (_, _, _) => throw new EmbeddingException(EmbeddingErrorKind.NoDevice, "10.1.2.3 secret");
        await test.SendAsync(1, "a");
        var failed = await test.NextAsync();
        test.Host.Router.OnEmbed = (_, _, _) => throw new EmbeddingException(EmbeddingErrorKind.DeadlineExceeded);
        await test.SendAsync(2, "b");
        var late = await test.NextAsync();
        test.Host.Router.OnEmbed = null;
        await test.SendAsync(3, "c");

        Assert.Equal((14, "no_device", "No device serves the model now."), Error(failed));
        Assert.Equal((4, "deadline_exceeded", "The deadline passed before the answer was ready."), Error(late));
        test.Check(await test.NextAsync(), "c");
    }

    [Fact]
    public async Task The_first_messages_options_hold_for_the_whole_stream()
    {
        await using var test = await StreamTest.StartAsync();
        await test.SendAsync(1, "a", new EmbedOptions { Model = "wide", Output = Output.PatchTokens, Priority = Priority.Bulk, OnError = OnError.Fail });
        await test.SendAsync(2, "b-bad");
        await test.SendAsync(3, "c");
        await test.Call.RequestStream.CompleteAsync();
        var answers = await test.RestAsync();

        Assert.All(new[] { answers[1], answers[3] }, answer => Assert.Equal(("wide", 4u, 10u), (answer.Model, answer.Vectors, answer.Dimensions)));
        Assert.Equal(40, EmbeddingsClient.Floats(answers[3].Result).Length);
        Assert.Equal(3, answers[2].Result.Error.Code);
        Assert.All(test.Host.Router.Priorities, priority => Assert.Equal(Dinov2Cluster.Primitives.Priority.Bulk, priority));
    }

    [Fact]
    public async Task Later_options_end_the_stream_when_what_came_before_is_answered()
    {
        await using var test = await StreamTest.StartAsync();
        await test.StartAsync(1, "wait-a");
        await test.SendAsync(2, "b", new EmbedOptions());
        test.Crops.Release("wait-a");

        test.Check(await test.NextAsync(), "wait-a");
        var error = await test.EndAsync();
        Assert.Equal((StatusCode.InvalidArgument, "Only the first message of a stream can have options."), (error.StatusCode, error.Status.Detail));
        await test.IsReleasedAsync();
    }

    [Fact]
    public async Task Options_that_cannot_be_met_end_the_stream()
    {
        Assert.Equal(StatusCode.NotFound, (await EndOfAsync(new EmbedOptions { Model = "huge" })).StatusCode);
        Assert.Equal(StatusCode.FailedPrecondition, (await EndOfAsync(new EmbedOptions { Output = Output.ClsMean })).StatusCode);
        Assert.Equal(StatusCode.InvalidArgument, (await EndOfAsync(new EmbedOptions { Output = (Output)9 })).StatusCode);

        static async Task<RpcException> EndOfAsync(EmbedOptions options)
        {
            await using var test = await StreamTest.StartAsync();
            await test.SendAsync(1, "a", options);
            var error = await test.EndAsync();
            await test.IsReleasedAsync();
            return error;
        }
    }

    [Fact]
    public async Task A_message_over_the_limit_ends_the_stream_when_what_came_before_is_answered()
    {
        await using var test = await StreamTest.StartAsync(settings: [("Gateway:MaxBodyBytes", "2000")]);
        await test.StartAsync(1, "wait-a");
        await test.SendAsync(2, new string('x', 3000));
        test.Crops.Release("wait-a");

        test.Check(await test.NextAsync(), "wait-a");
        Assert.Equal(StatusCode.ResourceExhausted, (await test.EndAsync()).StatusCode);
        Assert.DoesNotContain(test.Host.Logs.GetSnapshot(), log => log.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task A_client_that_reads_no_answers_gets_all_of_them_later()
    {
        await using var test = await StreamTest.StartAsync(settings: [("Gateway:StreamImagesInFlight", "4")]);
        // 400 KB per answer: a few fill the windows between server and client.
        test.Host.Router.Served["tiny"] = test.Host.Router.Served["tiny"] with { EmbeddingSize = 100_000 };
        for (var id = 0ul; id < 40; id++)
        {
            await test.SendAsync(id, $"image {id}");
        }

        await test.Call.RequestStream.CompleteAsync();
        var answers = await test.RestAsync();

        Assert.Equal(40, answers.Count);
        Assert.All(answers, answer => test.Check(answer.Value, $"image {answer.Key}"));
    }

    [Fact]
    public async Task An_aborted_stream_stops_its_work_and_gives_everything_back()
    {
        await using var test = await StreamTest.StartAsync(settings: [("Gateway:StreamImagesInFlight", "4")]);
        for (var id = 0; id < 10; id++)
        {
            await test.SendAsync((ulong)id, $"wait-{id}");
        }

        await test.Crops.Started("wait-0").WaitAsync(Cancellation);
        await test.AbortAsync();

        Assert.Equal(StatusCode.Cancelled, (await test.EndAsync()).StatusCode);
        await test.IsReleasedAsync();
        Assert.DoesNotContain(test.Host.Logs.GetSnapshot(), log => log.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Batches_are_measured_as_requests()
    {
        await using var test = await StreamTest.StartAsync();
        using var requests = new MetricCollector<long>(
            test.Host.Services.GetRequiredService<IMeterFactory>(), GatewayMetrics.Name, "dinov2.gateway.requests");
        await test.SendAsync(1, "a");
        await test.NextAsync();
        await test.SendAsync(2, "b");
        await test.NextAsync();

        await requests.WaitForMeasurementsAsync(2, Cancellation);
        Assert.All(requests.GetMeasurementSnapshot(), request => Assert.Equal("grpc-stream", request.Tags["protocol"]));
    }

    private static (int Code, string Reason, string Message) Error(EmbedStreamResponse answer) =>
        (answer.Result.Error.Code, answer.Result.Error.Reason, answer.Result.Error.Message);
}
