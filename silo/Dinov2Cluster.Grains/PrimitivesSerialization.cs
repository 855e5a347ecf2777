using Dinov2Cluster.Primitives;

// The types themselves know nothing of Orleans' runtime.
[assembly: GenerateCodeForDeclaringAssembly(typeof(Output))]
