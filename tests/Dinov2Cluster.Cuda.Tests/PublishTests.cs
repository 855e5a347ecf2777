using Dinov2Cluster.Cuda.Tests.Support;

namespace Dinov2Cluster.Cuda.Tests;

/// <summary>What the build for GPUs carries.</summary>
public sealed class PublishTests
{
    // Of the image's own files.
    private const long MostBytes = 330_000_000;

    [CudaFact]
    public void The_silo_s_files_are_those_of_Linux_with_CUDA_alone()
    {
        var files = new DirectoryInfo(CudaBuild.Silo).GetFiles("*", SearchOption.AllDirectories);

        // The assembly of the managed API is Microsoft.ML.OnnxRuntime.dll.
        Assert.Equal(
            ["libonnxruntime.so", "libonnxruntime_providers_cuda.so", "libonnxruntime_providers_shared.so"],
            files.Select(file => file.Name).Where(name => name.Contains("onnxruntime", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.InRange(files.Sum(file => file.Length), 0, MostBytes);
    }
}
