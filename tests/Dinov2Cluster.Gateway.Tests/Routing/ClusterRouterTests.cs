using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class ClusterRouterTests : IDisposable
{
    private const int EmbeddingSize = 2;

    private static readonly ServedModel Model = new("m", EmbeddingSize, 256, 4, "");

    private readonly FakeTimeProvider _time = new();
    private readonly FakeCluster _cluster = new();
    private readonly ModelsOptions _options = new();
    private readonly ClusterWatcher _watcher;
    private readonly ClusterRouter _router;

    public ClusterRouterTests()
    {
        _watcher = new(_cluster, _cluster, _time, NullLogger<ClusterWatcher>.Instance);
        _router = new(_watcher, _cluster, Options.Create(_options), _time, NullLogger<ClusterRouter>.Instance);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private long Deadline => _time.GetTimestamp() + (_time.TimestampFrequency * 10);

    public void Dispose() => _watcher.Dispose();

    [Fact]
    public async Task The_only_model_is_the_default()
    {
        await ServeAsync("a/cpu:0/m");

        Assert.True(_router.TryGetModel(null, out var model));
        Assert.Equal(Model, model);
    }

    [Fact]
    public async Task Two_models_need_a_configured_default()
    {
        await ServeAsync("a/cpu:0/m", "a/cpu:0/n");
        Assert.False(_router.TryGetModel(null, out _));

        _options.Default = "n";

        Assert.True(_router.TryGetModel(null, out var model));
        Assert.Equal("n", model.Name);
        Assert.Equal(["m", "n"], _router.Models);
    }

    [Fact]
    public async Task The_device_with_the_least_work_under_way_gets_the_batch()
    {
        await ServeAsync("a/cpu:0/m", "b/cpu:0/m");
        _watcher.View.Find("m")!.Devices[0].Sent(1);

        await EmbedAsync();

        Assert.Equal(["b/cpu:0/m"], _cluster.Calls);
    }

    [Theory]
    [InlineData(EmbedStatus.QueueFull)]
    [InlineData(EmbedStatus.Draining)]
    [InlineData(EmbedStatus.NotServed)]
    [InlineData(EmbedStatus.DeviceFailed)]
    public async Task A_refused_batch_goes_to_the_next_device(EmbedStatus refusal)
    {
        await ServeAsync("a/cpu:0/m", "b/cpu:0/m");
        _cluster.Answers["a/cpu:0/m"] = _ => Task.FromResult(EmbedReply.Failed(refusal, 0, 0));

        var batch = await EmbedAsync();

        Assert.Equal(EmbeddingSize, batch.Features.Length);
        Assert.Equal(["a/cpu:0/m", "b/cpu:0/m"], _cluster.Calls);
    }

    [Fact]
    public async Task A_batch_whose_call_throws_goes_to_the_next_device()
    {
        await ServeAsync("a/cpu:0/m", "b/cpu:0/m");
        _cluster.Answers["a/cpu:0/m"] = _ => Task.FromException<EmbedReply>(new TimeoutException());

        await EmbedAsync();

        Assert.Equal(["a/cpu:0/m", "b/cpu:0/m"], _cluster.Calls);
    }

    [Theory]
    [InlineData(EmbedStatus.QueueFull, nameof(EmbeddingErrorKind.Overloaded))]
    [InlineData(EmbedStatus.Draining, nameof(EmbeddingErrorKind.NoDevice))]
    [InlineData(EmbedStatus.NotServed, nameof(EmbeddingErrorKind.NoDevice))]
    [InlineData(EmbedStatus.DeadlineExceeded, nameof(EmbeddingErrorKind.DeadlineExceeded))]
    [InlineData(EmbedStatus.DeviceFailed, nameof(EmbeddingErrorKind.Internal))]
    [InlineData(EmbedStatus.InvalidRequest, nameof(EmbeddingErrorKind.Internal))]
    public async Task The_last_device_s_refusal_becomes_the_error(EmbedStatus status, string kind)
    {
        await ServeAsync("a/cpu:0/m");
        _cluster.Answers["a/cpu:0/m"] = _ => Task.FromResult(EmbedReply.Failed(status, 0, 0));

        var error = await Assert.ThrowsAsync<EmbeddingException>(() => EmbedAsync());

        Assert.Equal(kind, error.Kind.ToString());
    }

    [Theory]
    [InlineData(typeof(SiloUnavailableException), nameof(EmbeddingErrorKind.NoDevice))]
    [InlineData(typeof(TimeoutException), nameof(EmbeddingErrorKind.NoDevice))]
    [InlineData(typeof(InvalidOperationException), nameof(EmbeddingErrorKind.Internal))]
    public async Task An_unreachable_silo_is_no_device_and_a_failing_grain_an_internal_error(Type exception, string kind)
    {
        await ServeAsync("a/cpu:0/m");
        _cluster.Answers["a/cpu:0/m"] = _ => Task.FromException<EmbedReply>((Exception)Activator.CreateInstance(exception)!);

        var error = await Assert.ThrowsAsync<EmbeddingException>(() => EmbedAsync());

        Assert.Equal(kind, error.Kind.ToString());
    }

    [Fact]
    public async Task An_answer_of_the_wrong_size_is_an_internal_error()
    {
        await ServeAsync("a/cpu:0/m");
        _cluster.Answers["a/cpu:0/m"] = _ => Task.FromResult(new EmbedReply(EmbedStatus.Ok, new float[EmbeddingSize + 1], 0, 0, 0, 0));

        Assert.Equal(EmbeddingErrorKind.Internal, (await Assert.ThrowsAsync<EmbeddingException>(() => EmbedAsync())).Kind);
    }

    [Fact]
    public async Task A_passed_deadline_calls_nobody()
    {
        await ServeAsync("a/cpu:0/m");
        var deadline = Deadline;
        _time.Advance(TimeSpan.FromSeconds(10));

        var error = await Assert.ThrowsAsync<EmbeddingException>(() => EmbedAsync(deadline));

        Assert.Equal(EmbeddingErrorKind.DeadlineExceeded, error.Kind);
        Assert.Empty(_cluster.Calls);
    }

    [Fact]
    public async Task A_cancelled_call_ends_without_another_try_and_leaves_no_work_counted()
    {
        await ServeAsync("a/cpu:0/m", "b/cpu:0/m");
        using var client = new CancellationTokenSource();
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _cluster.Answers["a/cpu:0/m"] = async token =>
        {
            called.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            throw new InvalidOperationException("The delay never ends.");
        };

        var embedding = EmbedUntilAsync(client.Token);
        await called.Task;
        Assert.Equal(1, _watcher.View.Find("m")!.Devices[0].ImagesInFlight);
        await client.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedding);
        Assert.Equal(["a/cpu:0/m"], _cluster.Calls);
        Assert.Equal(0, _watcher.View.Find("m")!.Devices[0].ImagesInFlight);
    }

    private Task ServeAsync(params string[] devices)
    {
        var catalogs = devices
            .Select(key => DeviceAddress.TryParse(key, out var address) ? address : throw new ArgumentException(key))
            .GroupBy(address => address.Silo)
            .Select(silo => new SiloCatalog(silo.Key, Draining: false, [.. silo.Select(address => new DeviceOffer(address, EmbeddingSize, 256, 4, "", new([0.001]), 0, 0, 0))]))
            .ToArray();
        _cluster.Catalogs = catalogs;
        return _watcher.RefreshAsync(Cancellation);
    }

    private Task<RoutedBatch> EmbedAsync(long? deadline = null) =>
        _router.EmbedAsync(Model, new CropBatch(1, 4), deadline ?? Deadline, Cancellation);

    private Task<RoutedBatch> EmbedUntilAsync(CancellationToken clientGone) =>
        _router.EmbedAsync(Model, new CropBatch(1, 4), Deadline, clientGone);

    private sealed class FakeCluster : IClusterMembers, IClusterCatalog, IDeviceClient
    {
        public IReadOnlyList<SiloCatalog> Catalogs { get; set; } = [];

        public Dictionary<string, Func<CancellationToken, Task<EmbedReply>>> Answers { get; } = [];

        public List<string> Calls { get; } = [];

        public Task<IReadOnlyList<SiloMember>> ReadAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<SiloMember>>([.. Catalogs.Select(catalog => new SiloMember(catalog.Silo, Gateway: null))]);

        public Task<SiloCatalog> ReadAsync(SiloMember silo, CancellationToken cancellationToken) =>
            Task.FromResult(Catalogs.Single(catalog => catalog.Silo == silo.Name));

        public Task<EmbedReply> EmbedAsync(DeviceState device, EmbedRequest request, CancellationToken cancellationToken)
        {
            Calls.Add(device.Address.ToString());
            return Answers.TryGetValue(device.Address.ToString(), out var answer)
                ? answer(cancellationToken)
                : Task.FromResult(new EmbedReply(EmbedStatus.Ok, new float[request.Count * EmbeddingSize], 0, 0, 0, 0));
        }
    }
}
