using System.Runtime.CompilerServices;

namespace Dinov2Cluster.Cuda.Tests.Support;

/// <summary>A test on the stand-in for CUDA: skipped where it can't be built.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CudaFactAttribute : FactAttribute
{
    public CudaFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = 0)
        : base(file, line)
    {
        Skip = CudaBuild.NoCompiler;
        SkipType = typeof(CudaBuild);
        SkipUnless = nameof(CudaBuild.HasCompiler);
        Timeout = CudaBuild.TestTimeout;
    }
}

/// <summary>The same for a test with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CudaTheoryAttribute : TheoryAttribute
{
    public CudaTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = 0)
        : base(file, line)
    {
        Skip = CudaBuild.NoCompiler;
        SkipType = typeof(CudaBuild);
        SkipUnless = nameof(CudaBuild.HasCompiler);
        Timeout = CudaBuild.TestTimeout;
    }
}
