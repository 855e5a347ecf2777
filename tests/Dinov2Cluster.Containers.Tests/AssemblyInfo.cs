// Each test starts several containers: side by side they would only slow each other down, and the load of one is not the other's.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
