using System.Text;
using System.Threading.Channels;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Tests.Caching;

/// <summary>Requests with images in common, while calls come back in a random order and some requests fail.</summary>
public sealed class SharedComputationTests
{
    private const int Distinct = 12;

    private readonly Channel<TaskCompletionSource> _calls = Channel.CreateUnbounded<TaskCompletionSource>();
    private readonly List<string> _computed = [];
    private readonly EmbeddingCache _cache = new(Options.Create(new CacheOptions { MaxBytes = 1_000_000 }));
    private readonly ServedModel _model = new FakeRouter().Served["tiny"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Rows_are_right_and_no_request_fails_for_another_s_failure(int failing)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var test = new SharedComputationTests();
            await test.RunAsync(new Random(seed), failing);
            if (failing <= 1)
            {
                // After more failures a row joins no other request, so it may be computed twice.
                Assert.Equal(test._computed.Order(), test._computed.Distinct().Order());
            }
        }
    }

    private async Task RunAsync(Random random, int failing)
    {
        var requests = new List<Task>();
        for (var request = 0; request < 6; request++)
        {
            var images = Enumerable.Range(0, random.Next(1, 20)).Select(_ => $"image {random.Next(Distinct)}").ToArray();
            requests.Add(request < failing ? FailAsync(images, leaves: random.Next(2) == 0) : SucceedAsync(images, random.Next(1, 5)));
        }

        var all = Task.WhenAll(requests);
        // Calls of requests that have left are unused by then.
        _ = all.ContinueWith(_ => _calls.Writer.Complete(), TaskScheduler.Default);
        var waiting = new List<TaskCompletionSource>();
        while (waiting.Count > 0 || await _calls.Reader.WaitToReadAsync(TestContext.Current.CancellationToken))
        {
            // Often several are out, to come back in any order.
            for (var i = random.Next(4); i > 0; i--)
            {
                await Task.Yield();
            }

            while (_calls.Reader.TryRead(out var call))
            {
                waiting.Add(call);
            }

            if (waiting.Count > 0)
            {
                var next = random.Next(waiting.Count);
                waiting[next].SetResult();
                waiting.RemoveAt(next);
            }
        }

        await all;
    }

    private async Task SucceedAsync(string[] images, int parallelism)
    {
        var router = new FakeRouter
        {
            OnEmbed = async (model, crops, _) =>
            {
                await CallAsync();
                lock (_computed)
                {
                    _computed.AddRange(Enumerable.Range(0, crops.Count).Select(i => Encoding.UTF8.GetString(crops.Crop(i).Span).TrimEnd('\0')));
                }

                return FakeRouter.Answer(model, crops);
            },
        };
        using var deadline = new RequestDeadline(new TestClock(), TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        using var run = Run(router, images, deadline, parallelism);
        await run.PreprocessAsync();
        await run.CollectAsync();

        Assert.Equal(images.Select(FeaturesOf), run.Rows.Select(row => row.Features.ToArray()));
        var counts = run.CacheCounts!.Value;
        Assert.Equal(images.Length, counts.Hits + counts.Misses + counts.Joined);
    }

    private async Task FailAsync(string[] images, bool leaves)
    {
        using var client = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var router = new FakeRouter
        {
            OnEmbed = async (_, _, _) =>
            {
                await CallAsync();
                if (leaves)
                {
                    await client.CancelAsync();
                }

                throw new InvalidDataException();
            },
        };
        using var deadline = new RequestDeadline(new TestClock(), TimeSpan.FromSeconds(1), client.Token);
        using var run = Run(router, images, deadline, parallelism: 4);
        await run.PreprocessAsync();
        try
        {
            // All its images may come from others.
            await run.CollectAsync();
        }
        catch (Exception exception) when (exception is EmbeddingException or OperationCanceledException)
        {
            Assert.NotEmpty(router.Calls);
        }
    }

    private async Task CallAsync()
    {
        var call = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls.Writer.TryWrite(call);
        await call.Task;
    }

    private EmbeddingRun Run(FakeRouter router, string[] images, RequestDeadline deadline, int parallelism) =>
        new(router, new GatedCropReader(), _cache, new(_model, [.. images.Select(Input)], default, Priority.Interactive, deadline, Caller: null), parallelism);

    private static ImageInput Input(string image) => new(Encoding.UTF8.GetBytes(image), ImageInputKind.Text);

    private float[] FeaturesOf(string image)
    {
        var crop = new byte[_model.CropSize * _model.CropSize * 3];
        Encoding.UTF8.GetBytes(image, crop);
        return FakeRouter.Features(_model, crop);
    }
}
