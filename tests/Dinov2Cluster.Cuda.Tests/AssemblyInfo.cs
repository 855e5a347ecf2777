using Dinov2Cluster.Cuda.Tests.Support;

[assembly: AssemblyFixture(typeof(CudaBuild))]
// Each test starts a host: side by side they would only slow each other down.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
