using System.Diagnostics.Metrics;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Inference;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Inference.Tests.Sessions;
using Dinov2Cluster.Model.Repository;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.Silo.Models;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Silo.Tests.Models;

/// <summary>A model whose runs fail, as on a device whose driver has given up on it.</summary>
public sealed class LostDeviceTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _models = new();
    private readonly FakeLogger<ModelHostService> _logger = new();
    private readonly Lifetime _lifetime = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _models.Dispose();
        _lifetime.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task A_silo_whose_device_is_lost_is_not_ready_says_why_once_and_ends_with_an_error()
    {
        var exitCode = Environment.ExitCode;
        Directory.CreateDirectory(_models["fragile"]);
        await File.WriteAllBytesAsync(Path.Combine(_models["fragile"], "model.onnx"), TestModels.FragileBytes(0), Cancellation);
        await using var host = Host();
        using var service = new ModelHostService(host, new ModelRepository(_models.Path), _lifetime, _logger);
        await service.StartAsync(Cancellation);
        await Until.TrueAsync(() => host.State == ModelHostState.Ready, Cancellation);
        var engine = host.Find(new DeviceAddress("s", "cpu:0", "fragile"))!;
        Assert.Equal(EmbedStatus.Ok, (await EmbedAsync(engine, 0)).Status);
        for (var i = 0; i < 3; i++)
        {
            Assert.False(service.ExecuteTask!.IsCompleted);
            Assert.Equal(EmbedStatus.DeviceFailed, (await EmbedAsync(engine, byte.MaxValue)).Status);
        }

        await service.ExecuteTask!;

        try
        {
            Assert.Equal(1, Environment.ExitCode);
        }
        finally
        {
            Environment.ExitCode = exitCode;
        }

        Assert.True(_lifetime.IsStopping);
        Assert.Equal(ModelHostState.Lost, host.State);
        Assert.True(host.Describe().Draining);
        Assert.Equal(EmbedStatus.Draining, (await EmbedAsync(engine, 0)).Status);
        var line = Assert.Single(_logger.Collector.GetSnapshot());
        Assert.Equal(LogLevel.Critical, line.Level);
        Assert.Null(line.Exception);
        Assert.StartsWith("The device of fragile/cpu:0 is lost: ", line.Message, StringComparison.Ordinal);
        Assert.Contains("indices element out of data bounds", line.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line.Message);
        await service.StopAsync(Cancellation);
        Assert.Equal(ModelHostState.Lost, host.State);
    }

    private static Task<EmbedReply> EmbedAsync(InferenceEngine engine, byte value)
    {
        var crop = new byte[engine.CropBytes];
        Array.Fill(crop, value);
        return engine.EmbedAsync(crop, 1, Priority.Interactive, Output.Cls, Deadline.None, Cancellation);
    }

    private ModelHost Host() => new(
        Options.Create(new ModelRepositoryOptions()),
        Options.Create(new InferenceOptions { Devices = [new DeviceOptions { Threads = 1 }], Batching = new BatchingOptions { MaxBatchSize = 2 } }),
        Options.Create(new ClusterMemberOptions { SiloName = "s" }),
        new InferenceEngineFactory(new InferenceMetrics(_services.GetRequiredService<IMeterFactory>()), TimeProvider.System, NullLoggerFactory.Instance),
        NullLogger<ModelHost>.Instance);

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted { get; } = new(canceled: true);

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public bool IsStopping => _stopping.IsCancellationRequested;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
