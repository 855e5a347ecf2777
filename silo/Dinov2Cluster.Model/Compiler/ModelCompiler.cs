using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler.Onnx;
using Dinov2Cluster.Model.Repository;
using Google.Protobuf;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>Compiles a Hugging Face checkpoint directory to a model directory that ONNX Runtime serves.</summary>
public static class ModelCompiler
{
    /// <summary>Name of the graph in a model directory.</summary>
    public const string GraphFileName = "model.onnx";

    private const string DataFileName = "model.onnx.data";

    // The first IR and operator set that have all that is written here, and are read by every ONNX Runtime since 1.17.
    private const int IrVersion = 9;
    private const int OperatorSet = 18;

    /// <summary>
    /// Writes <c>model.onnx</c>, <c>model.onnx.data</c> and <c>model.json</c>. The directory appears whole or not at all. Weights are read
    /// one tensor at a time, so memory stays at a few tensors whatever the model's size.
    /// </summary>
    /// <param name="checkpointDirectory">A directory with <c>config.json</c> and safetensors.</param>
    /// <param name="modelDirectory">What to make; must not exist, or be an empty directory.</param>
    /// <param name="options">Precision, position embedding and crop size.</param>
    /// <param name="cancellationToken">Stops the work and removes what it wrote.</param>
    /// <exception cref="ModelException">The checkpoint can't be used or the directory is taken; the message says which file and tensor.</exception>
    public static ModelManifest Compile(string checkpointDirectory, string modelDirectory, CompileOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var checkpoint = Checkpoint.Open(checkpointDirectory);
        var config = checkpoint.Config;
        if (options.ImageSize <= 0 || options.ImageSize % config.PatchSize != 0)
        {
            throw new ModelException($"The image size, {options.ImageSize}, is not a positive multiple of the patch size, {config.PatchSize}.");
        }

        var mode = options.PositionEmbedding ?? (config.RegisterTokens > 0 ? PositionEmbeddingMode.Antialias : PositionEmbeddingMode.Legacy);
        var path = Path.Combine(modelDirectory, "");
        Directory.CreateDirectory(path);
        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "dinov2cluster" };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OperatorSet });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = GraphBuilder.Microsoft, Version = 1 });
        using (var data = new ExternalDataWriter(Path.Combine(path, DataFileName)))
        {
            var graph = new GraphBuilder(data);
            PrecisionWriter precision = options.Precision switch
            {
                Precision.Fp32 => new Fp32Writer(graph),
                Precision.Fp16 => new Fp16Writer(graph),
                _ => new Int8Writer(graph),
            };
            var weights = new WeightReader(checkpoint, cancellationToken);
            new Dinov2GraphWriter(config, checkpoint.Preprocessing, options, mode, graph, precision, weights).Write(cancellationToken);
            data.Flush();
            model.Graph = graph.Graph;
        }

        using (var file = File.Create(Path.Combine(path, GraphFileName)))
        {
            model.WriteTo(file);
        }

        return new ModelManifest
        {
            Name = checkpoint.Name,
            EmbeddingSize = config.HiddenSize,
            Layers = config.Layers,
            Heads = config.Heads,
            RegisterTokens = config.RegisterTokens,
            ImageSize = options.ImageSize,
            PatchSize = config.PatchSize,
            Precision = options.Precision,
            PositionEmbedding = mode,
            SourceSha256 = checkpoint.ComputeSha256(cancellationToken),
            Preprocessing = checkpoint.Preprocessing,
            RandomWeights = checkpoint.RandomWeights,
        };
    }
}
