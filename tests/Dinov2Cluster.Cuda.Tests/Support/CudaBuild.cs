using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cuda.Tests.Support;

/// <summary>What <c>tests/cuda.sh</c> makes, once for all tests: the hosts for GPUs, and the stand-in for CUDA that they run on.</summary>
public sealed class CudaBuild : IAsyncLifetime
{
    /// <summary>Why all tests are skipped.</summary>
    public const string NoCompiler = "The stand-in for CUDA is built with gcc, and gcc is not installed.";

    /// <summary>Milliseconds, for a host that never becomes ready or never ends; a test takes seconds.</summary>
    public const int TestTimeout = 90_000;

    private static readonly string _directory = Path.Combine(RepositoryRoot.Path, "artifacts", "cuda");

    /// <summary>True where gcc is on the path.</summary>
    public static bool HasCompiler { get; } = OperatingSystem.IsLinux()
        && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(directory => File.Exists(Path.Combine(directory, "gcc")));

    /// <summary>The stand-in's libraries.</summary>
    public static string Libraries => Path.Combine(_directory, "libraries");

    /// <summary>The standalone host, published.</summary>
    public static string Standalone => Path.Combine(_directory, "standalone");

    /// <summary>The silo, published as <c>deploy/docker/silo-cuda.Dockerfile</c> does.</summary>
    public static string Silo => Path.Combine(_directory, "silo");

    /// <summary>The benchmarks, the command line and the standalone host: what <c>tests/gpu/pack.sh</c> packs.</summary>
    public static string Benchmarks => Path.Combine(_directory, "benchmarks");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // run.sh has made it already.
        if (!HasCompiler || Environment.GetEnvironmentVariable("CUDA_IS_BUILT") is { Length: > 0 })
        {
            return;
        }

        var run = await ProgramRun.RunAsync("bash", ["tests/cuda.sh"], RepositoryRoot.Path, [], CancellationToken.None);
        if (run.ExitCode != 0)
        {
            throw new InvalidOperationException($"tests/cuda.sh ended with {run.ExitCode}:\n{run.Output}\n{run.Error}");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
