using System.Diagnostics.Metrics;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Inference;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.Silo.Models;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Silo.Tests.Models;

public sealed class ModelHostTests : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dinov2-host-").FullName;
    private readonly FakeLogger<ModelHost> _logger = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Nothing_is_offered_before_the_models_are_loaded()
    {
        await using var host = Host();

        Assert.Equal(ModelHostState.Loading, host.State);
        Assert.Empty(host.Describe().Offers);
    }

    [Fact]
    public async Task Every_model_is_offered_on_every_device()
    {
        AddCheckpoint("dinov2-nano");
        AddCheckpoint("dinov2-nano-registers");
        await using var host = Host(new DeviceOptions { Kind = DeviceKind.Cpu, Threads = 1 }, new DeviceOptions { Kind = DeviceKind.Simulated });

        await host.LoadAsync(Repository(), Cancellation);

        Assert.Equal(ModelHostState.Ready, host.State);
        var offers = host.Describe().Offers.OrderBy(offer => offer.Address.ToString(), StringComparer.Ordinal).ToArray();
        Assert.Equal(
            ["s/cpu:0/dinov2-nano", "s/cpu:0/dinov2-nano-registers", "s/simulated:0/dinov2-nano", "s/simulated:0/dinov2-nano-registers"],
            offers.Select(offer => offer.Address.ToString()));
        Assert.All(offers, offer => Assert.Equal((128, 256, 224), (offer.EmbeddingSize, offer.ShortestEdge, offer.CropSize)));
    }

    [Fact]
    public async Task A_loaded_model_computes_the_golden_features()
    {
        AddCheckpoint("dinov2-nano");
        await using var host = Host(new DeviceOptions { Threads = 1 });
        await host.LoadAsync(Repository(), Cancellation);
        var engine = host.Find(new DeviceAddress("s", "cpu:0", "dinov2-nano"))!;

        var result = await engine.EmbedAsync(GoldenData.Crop(GoldenData.Images[0]), 1, Priority.Interactive, Output.Cls, Deadline.None, Cancellation);

        var expected = NpyFile.ReadFloats(GoldenData.Expected("dinov2-nano.legacy.npy")).AsSpan(0, engine.EmbeddingSize);
        Assert.True(Similarity.MaxDifference(result.Features, expected) <= 2e-3);
    }

    [Theory]
    [InlineData(DeviceKind.Cpu, false, 0)]
    [InlineData(DeviceKind.Cpu, true, 256)]
    [InlineData(DeviceKind.Simulated, false, 0)]
    [InlineData(DeviceKind.Simulated, true, 256)]
    public async Task Checkpoints_give_patch_tokens_when_the_configuration_asks_for_them(DeviceKind device, bool asked, int patchTokens)
    {
        AddCheckpoint("dinov2-nano");
        await using var host = Host(asked, new DeviceOptions { Kind = device, Threads = 1 });

        await host.LoadAsync(Repository(), Cancellation);

        Assert.Equal(patchTokens, Assert.Single(host.Describe().Offers).PatchTokens);
        Assert.DoesNotContain(_logger.Collector.GetSnapshot(), record => record.Id.Id == 3007);
    }

    [Theory]
    [InlineData(false, 256, 0)]
    [InlineData(true, 256, 0)]
    [InlineData(true, 0, 1)]
    public async Task A_model_that_was_compiled_before_is_served_as_it_is_and_a_lack_of_patch_tokens_is_told(bool asked, int patchTokens, int warnings)
    {
        ModelCompiler.Compile(
            GoldenData.Checkpoint("dinov2-nano"), Path.Combine(_directory, "compiled-nano"), new CompileOptions { PatchTokens = patchTokens > 0 }, Cancellation);
        await using var host = Host(asked, new DeviceOptions { Threads = 1 });

        await host.LoadAsync(Repository(), Cancellation);

        Assert.Equal(patchTokens, Assert.Single(host.Describe().Offers).PatchTokens);
        Assert.Equal(warnings, _logger.Collector.GetSnapshot().Count(record => record.Id.Id == 3007));
    }

    [Fact]
    public async Task A_drained_host_says_so_and_its_engines_take_nothing_new()
    {
        AddCheckpoint("dinov2-nano");
        await using var host = Host(new DeviceOptions { Threads = 1 });
        await host.LoadAsync(Repository(), Cancellation);
        var engine = host.Find(new DeviceAddress("s", "cpu:0", "dinov2-nano"))!;

        await host.DrainAsync(Cancellation);

        Assert.True(host.Describe().Draining);
        var reply = await engine.EmbedAsync(GoldenData.Crop(GoldenData.Images[0]), 1, Priority.Interactive, Output.Cls, Deadline.None, Cancellation);
        Assert.Equal(EmbedStatus.Draining, reply.Status);
    }

    [Fact]
    public async Task An_empty_repository_is_an_error_that_says_what_to_do()
    {
        await using var host = Host();

        var error = await Assert.ThrowsAsync<ModelException>(() => host.LoadAsync(Repository(), Cancellation));

        Assert.Contains("Models:Repository", error.Message, StringComparison.Ordinal);
        Assert.Equal(ModelHostState.Loading, host.State);
    }

    [Fact]
    public async Task One_bad_model_fails_the_load_and_offers_nothing()
    {
        AddCheckpoint("dinov2-nano");
        Directory.CreateDirectory(Path.Combine(_directory, "zz-broken"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "zz-broken", "model.onnx"), "not a model", Cancellation);
        await using var host = Host(new DeviceOptions { Threads = 1 });

        var error = await Assert.ThrowsAsync<ModelException>(() => host.LoadAsync(Repository(), Cancellation));

        Assert.Contains("zz-broken", error.Message, StringComparison.Ordinal);
        Assert.Empty(host.Describe().Offers);
    }

    [Fact]
    public async Task The_state_and_the_models_are_observed()
    {
        AddCheckpoint("dinov2-nano");
        await using var host = Host(new DeviceOptions { Kind = DeviceKind.Simulated, Index = 0 }, new DeviceOptions { Kind = DeviceKind.Simulated, Index = 1 });
        var meters = _services.GetRequiredService<IMeterFactory>();
        _ = new ModelMetrics(meters, host);
        using var state = new MetricCollector<int>(meters, SiloMeter.Name, "dinov2.silo.state");
        using var info = new MetricCollector<int>(meters, SiloMeter.Name, "dinov2.model.info");
        using var memory = new MetricCollector<long>(meters, SiloMeter.Name, "dinov2.silo.memory.limit");

        Assert.Equal(["loading=1", "ready=0", "draining=0", "lost=0"], States());
        await host.LoadAsync(Repository(), Cancellation);
        Assert.Equal(["loading=0", "ready=1", "draining=0", "lost=0"], States());
        info.RecordObservableInstruments();
        memory.RecordObservableInstruments();

        // One for the model, not for each device.
        var tags = Assert.Single(info.GetMeasurementSnapshot()).Tags;
        Assert.Equal(("dinov2-nano", "fp32", "false"), (tags["model"], tags["precision"], tags["random_weights"]));
        Assert.StartsWith((string)tags["checksum"]!, host.Describe().Offers[0].Checksum, StringComparison.Ordinal);
        Assert.Equal(12, ((string)tags["checksum"]!).Length);
        Assert.True(memory.LastMeasurement!.Value > 0);

        string[] States()
        {
            state.Clear();
            state.RecordObservableInstruments();
            return [.. state.GetMeasurementSnapshot().Select(measurement => $"{measurement.Tags["state"]}={measurement.Value}")];
        }
    }

    private ModelHost Host(params DeviceOptions[] devices) => Host(patchTokens: false, devices);

    private ModelHost Host(bool patchTokens, params DeviceOptions[] devices)
    {
        var metrics = new InferenceMetrics(_services.GetRequiredService<IMeterFactory>());
        return new ModelHost(
            Options.Create(new ModelRepositoryOptions { PatchTokens = patchTokens }),
            Options.Create(new InferenceOptions { Devices = devices, Batching = new BatchingOptions { MaxBatchSize = 2 } }),
            Options.Create(new ClusterMemberOptions { SiloName = "s" }),
            new InferenceEngineFactory(metrics, TimeProvider.System, NullLoggerFactory.Instance),
            _logger);
    }

    private ModelRepository Repository() => new(_directory);

    private void AddCheckpoint(string name) => GoldenData.CopyCheckpoint(name, _directory);
}
