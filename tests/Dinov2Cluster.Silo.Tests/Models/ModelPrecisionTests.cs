using System.Diagnostics.Metrics;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Inference;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;
using Dinov2Cluster.Silo.Models;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Silo.Tests.Models;

/// <summary>What a silo compiles checkpoints to, and what it says of models in a precision that doesn't suit a device. This build has no CUDA: what is opened for it fails later.</summary>
public sealed class ModelPrecisionTests : IAsyncDisposable
{
    private const int SlowPrecision = 3009;
    private const int SeveralPrecisions = 3010;

    private static readonly DeviceOptions _simulated = new() { Kind = DeviceKind.Simulated };
    private static readonly DeviceOptions _cuda = new() { Kind = DeviceKind.Cuda, Index = 1 };

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeLogger<ModelHost> _logger = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string[] Compiled => Directory.Exists(_directory["nano/compiled"])
        ? [.. Directory.GetDirectories(_directory["nano/compiled"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [];

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(null, "fp32-legacy-224")]
    [InlineData(Precision.Fp16, "fp16-legacy-224")]
    [InlineData(Precision.Int8, "int8-legacy-224")]
    public async Task A_checkpoint_is_compiled_to_the_configured_precision(Precision? precision, string folder)
    {
        AddCheckpoint();
        await using var host = Host(precision, _simulated);

        await host.LoadAsync(Repository(), Cancellation);

        Assert.Equal([folder], Compiled);
        Assert.Equal(precision ?? Precision.Fp32, Assert.Single(host.Hosted).Manifest!.Precision);
        Assert.Equal(0, Warnings(SlowPrecision) + Warnings(SeveralPrecisions));
    }

    [Fact]
    public async Task For_a_gpu_a_checkpoint_is_compiled_to_fp16()
    {
        AddCheckpoint();

        await FailAsync(null, _cuda);

        Assert.Equal(["fp16-legacy-224"], Compiled);
        Assert.Equal(0, Warnings(SlowPrecision) + Warnings(SeveralPrecisions));
    }

    [Fact]
    public async Task A_silo_with_both_kinds_of_device_compiles_a_checkpoint_for_each_and_warns()
    {
        AddCheckpoint();

        await FailAsync(null, _simulated, _cuda);

        Assert.Equal(["fp16-legacy-224", "fp32-legacy-224"], Compiled);
        Assert.Equal(1, Warnings(SeveralPrecisions));
        Assert.Contains("Checkpoint nano is compiled to fp32 and fp16,", _logger.Collector.GetSnapshot().Single(record => record.Id.Id == SeveralPrecisions).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_one_precision_for_both_it_is_compiled_once()
    {
        AddCheckpoint();

        await FailAsync(Precision.Fp16, _simulated, _cuda);

        Assert.Equal(["fp16-legacy-224"], Compiled);
        Assert.Equal(0, Warnings(SeveralPrecisions));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fp32_on_a_gpu_is_a_warning_that_names_model_and_device(bool compiledAhead)
    {
        Add(Precision.Fp32, compiledAhead);

        await FailAsync(Precision.Fp32, _cuda);

        Assert.Equal(1, Warnings(SlowPrecision));
        Assert.Contains("Model nano is fp32 on cuda:1:", _logger.Collector.GetSnapshot().Single(record => record.Id.Id == SlowPrecision).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Int8_on_a_gpu_is_refused_with_the_reason_and_without_compiling(bool compiledAhead)
    {
        Add(Precision.Int8, compiledAhead);

        var error = await FailAsync(Precision.Int8, _cuda);

        Assert.Equal(
            "model nano is int8, but ONNX Runtime has no CUDA kernels for the operators of int8 models: on cuda:1 they would fall back to the CPU. "
            + "Compile it with --precision fp16; for a checkpoint, leave Models:Precision out",
            error.Message);
        Assert.Empty(Compiled);
    }

    [Fact]
    public async Task A_model_that_was_compiled_ahead_keeps_its_precision()
    {
        Add(Precision.Fp16, compiledAhead: true);
        await using var host = Host(Precision.Int8, _simulated);

        await host.LoadAsync(Repository(), Cancellation);

        Assert.Equal(Precision.Fp16, Assert.Single(host.Hosted).Manifest!.Precision);
    }

    private async Task<ModelException> FailAsync(Precision? precision, params DeviceOptions[] devices)
    {
        await using var host = Host(precision, devices);
        return await Assert.ThrowsAsync<ModelException>(() => host.LoadAsync(Repository(), Cancellation));
    }

    private ModelHost Host(Precision? precision, params DeviceOptions[] devices) => new(
        Options.Create(new ModelRepositoryOptions { Precision = precision }),
        Options.Create(new InferenceOptions { Devices = devices, Batching = new BatchingOptions { MaxBatchSize = 2 } }),
        Options.Create(new ClusterMemberOptions { SiloName = "s" }),
        new InferenceEngineFactory(new InferenceMetrics(_services.GetRequiredService<IMeterFactory>()), TimeProvider.System, NullLoggerFactory.Instance),
        _logger);

    private ModelRepository Repository() => new(_directory.Path);

    private void Add(Precision precision, bool compiledAhead)
    {
        if (compiledAhead)
        {
            ModelCompiler.Compile(GoldenData.Checkpoint("dinov2-nano"), _directory["nano"], new CompileOptions { Precision = precision }, Cancellation);
        }
        else
        {
            AddCheckpoint();
        }
    }

    private void AddCheckpoint() => GoldenData.CopyCheckpoint("dinov2-nano", _directory.Path, "nano");

    private int Warnings(int id) => _logger.Collector.GetSnapshot().Count(record => record.Id.Id == id);
}
