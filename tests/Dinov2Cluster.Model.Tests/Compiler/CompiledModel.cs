using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Compiler.Onnx;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Compiler;

/// <summary>A reference checkpoint, compiled to a temporary directory.</summary>
public sealed class CompiledModel : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public CompiledModel(string checkpoint, CompileOptions options)
    {
        Directory = Path.Combine(_temporary.Path, "model");
        Manifest = ModelCompiler.Compile(GoldenData.Checkpoint(checkpoint), Directory, options, TestContext.Current.CancellationToken);
        Model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(Directory, ModelCompiler.GraphFileName)));
    }

    public string Directory { get; }

    public ModelManifest Manifest { get; }

    internal ModelProto Model { get; }

    internal GraphProto Graph => Model.Graph;

    public void Dispose() => _temporary.Dispose();
}
