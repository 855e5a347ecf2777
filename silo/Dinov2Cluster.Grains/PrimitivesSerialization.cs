using Dinov2Cluster.Primitives;

// Primitives references only Orleans' attributes; its serializers are generated here.
[assembly: GenerateCodeForDeclaringAssembly(typeof(Output))]
