using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Devices;

namespace Dinov2Cluster.Inference.Tests;

public sealed class InferenceOptionsValidatorTests
{
    private readonly InferenceOptionsValidator _validator = new();

    [Fact]
    public void The_defaults_are_one_cpu_device_and_pass()
    {
        var options = new InferenceOptions();

        Assert.True(_validator.Validate(null, options).Succeeded);
        Assert.Equal("cpu:0", Assert.Single(options.ResolveDevices()).Id.ToString());
    }

    [Fact]
    public void All_errors_come_at_once_each_with_its_key()
    {
        var options = new InferenceOptions
        {
            Batching = new BatchingOptions { MaxBatchSize = 0, MaxQueueDelay = TimeSpan.FromSeconds(-1), MaxQueueLength = 0 },
            Devices =
            [
                new() { Threads = -1 },
                new() { Kind = (DeviceKind)99, Index = -2 },
                new() { Kind = DeviceKind.Simulated, Simulated = new() { LatencyPerImage = TimeSpan.FromSeconds(-1), EmbeddingSize = 0, Lanes = 3 } },
                new(),
                new() { Kind = DeviceKind.Cuda },
            ],
        };

        var failures = _validator.Validate(null, options).Failures!.ToList();

        string[] keys =
        [
            "Batching:MaxBatchSize:", "Batching:MaxQueueDelay:", "Batching:MaxQueueLength:", "Devices:0:Threads:", "Devices:1:Kind:", "Devices:1:Index:",
            "Devices:2:Simulated:LatencyPerImage:", "Devices:2:Simulated:Lanes:", "Devices:2:Simulated:EmbeddingSize:", "Devices:3: cpu:0 is listed twice", "Devices:4: cuda:0 can't be used: ",
        ];
        Assert.Equal(keys.Length, failures.Count);
        Assert.All(keys, key => Assert.Single(failures, failure => failure.StartsWith(key, StringComparison.Ordinal)));
        Assert.Contains("-p:Accelerator=Cuda", failures[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DeviceKind.Cpu, null, 32)]
    [InlineData(DeviceKind.Simulated, null, 32)]
    [InlineData(DeviceKind.Cuda, null, 128)]
    [InlineData(DeviceKind.Cuda, 16, 16)]
    public void The_largest_batch_depends_on_the_kind_of_device_unless_it_is_set(DeviceKind kind, int? configured, int largest)
    {
        var options = new InferenceOptions { Batching = new BatchingOptions { MaxBatchSize = configured } };

        Assert.True(_validator.Validate(null, options).Succeeded);
        Assert.Equal(largest, options.Batching.MaxBatchSizeOf(kind));
    }

    [Theory]
    [InlineData(DeviceKind.Cpu, 0, "cpu:0")]
    [InlineData(DeviceKind.Cuda, 1, "cuda:1")]
    [InlineData(DeviceKind.Simulated, 10, "simulated:10")]
    public void A_device_is_named_by_kind_and_index(DeviceKind kind, int index, string name) => Assert.Equal(name, new DeviceOptions { Kind = kind, Index = index }.Id.ToString());
}
