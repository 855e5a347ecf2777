using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler.Onnx;
using Dinov2Cluster.Model.Files;
using Google.Protobuf;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>Compiles a Hugging Face checkpoint directory to a model directory that ONNX Runtime serves.</summary>
public static class ModelCompiler
{
    /// <summary>Name of the graph in a model directory.</summary>
    public const string GraphFileName = "model.onnx";

    /// <summary>Name of the file next to it that holds its weights.</summary>
    private const string DataFileName = "model.onnx.data";

    // The lowest versions that have every standard operator used here: Attention is the newest.
    private const int IrVersion = 10;
    private const int OperatorSet = 23;

    // Patches along a side, the same limit as for a checkpoint's own position grid: no tensor has more than 2^31 bytes.
    private const int MaxGrid = 256;

    /// <summary>
    /// Writes <c>model.onnx</c>, <c>model.onnx.data</c> and <c>model.json</c>. The directory appears complete or not at all. Weights are read
    /// one tensor at a time, so memory stays at a few tensors whatever the model's size.
    /// </summary>
    /// <param name="checkpointDirectory">A directory with <c>config.json</c> and safetensors.</param>
    /// <param name="modelDirectory">The directory to make; must not exist, or be empty.</param>
    /// <param name="options">Precisions, position embedding, crop size and outputs.</param>
    /// <param name="cancellationToken">Stops the work and removes what it wrote.</param>
    /// <returns>The content of <c>model.json</c>.</returns>
    /// <exception cref="ModelException">The checkpoint can't be used or the directory is taken; the message names file and tensor.</exception>
    public static ModelManifest Compile(string checkpointDirectory, string modelDirectory, CompileOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var checkpoint = Checkpoint.Open(checkpointDirectory);
        return Compile(checkpoint, modelDirectory, options, cancellationToken);
    }

    /// <summary>The same for an open checkpoint, whose checksum may be known already.</summary>
    internal static ModelManifest Compile(Checkpoint checkpoint, string modelDirectory, CompileOptions options, CancellationToken cancellationToken)
    {
        var patchSize = checkpoint.Config.PatchSize;
        if (options.ImageSize / patchSize is < 1 or > MaxGrid || options.ImageSize % patchSize != 0)
        {
            throw new ModelException($"image size {options.ImageSize}: it must be a multiple of the patch size, {patchSize}, from 1 to {MaxGrid} times");
        }

        if (options.Residual == ResidualPrecision.Fp16 && options.Precision != Precision.Fp16)
        {
            throw new ModelException($"a residual stream in fp16 needs precision fp16, and this is {options.Precision.ToString().ToLowerInvariant()}; choose --precision fp16, or leave --residual out");
        }

        ModelManifest? manifest = null;
        AtomicDirectory.Create(modelDirectory, directory =>
        {
            manifest = Describe(checkpoint, options, cancellationToken);
            WriteGraph(directory, checkpoint, manifest, cancellationToken);
            checkpoint.EnsureUnchanged();
            ModelManifestFile.Write(directory, manifest);
        });
        return manifest!;
    }

    private static ModelManifest Describe(Checkpoint checkpoint, CompileOptions options, CancellationToken cancellationToken)
    {
        var config = checkpoint.Config;
        var grid = options.ImageSize / config.PatchSize;
        return new ModelManifest
        {
            Name = checkpoint.Name,
            EmbeddingSize = config.HiddenSize,
            Layers = config.Layers,
            Heads = config.Heads,
            RegisterTokens = config.RegisterTokens,
            ImageSize = options.ImageSize,
            PatchSize = config.PatchSize,
            PatchTokens = options.PatchTokens ? grid * grid : 0,
            Precision = options.Precision,
            Residual = options.Residual,
            PositionEmbedding = options.PositionEmbeddingFor(config),
            SourceSha256 = checkpoint.ComputeSha256(cancellationToken),
            Preprocessing = checkpoint.Preprocessing.ForCrop(options.ImageSize),
            RandomWeights = checkpoint.RandomWeights,
        };
    }

    private static void WriteGraph(string directory, Checkpoint checkpoint, ModelManifest manifest, CancellationToken cancellationToken)
    {
        using var data = new ExternalDataWriter(Path.Combine(directory, DataFileName));
        var graph = new GraphBuilder(data);
        var weights = new WeightReader(checkpoint, cancellationToken);
        new Dinov2GraphWriter(new GraphContext(checkpoint, manifest, graph, WriterOf(manifest, graph), weights)).Write(cancellationToken);
        data.Flush();

        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "dinov2-cluster", Graph = graph.Graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OperatorSet });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = GraphBuilder.Microsoft, Version = 1 });
        using var file = new FileStream(Path.Combine(directory, GraphFileName), FileMode.CreateNew, FileAccess.Write);
        model.WriteTo(file);
        file.Flush(flushToDisk: true);
    }

    private static PrecisionWriter WriterOf(ModelManifest manifest, GraphBuilder graph) => manifest.Precision switch
    {
        Precision.Fp32 => new Fp32Writer(graph),
        Precision.Fp16 => new Fp16Writer(graph, manifest.Residual),
        Precision.Int8 => new Int8Writer(graph),
        _ => throw new ArgumentOutOfRangeException(nameof(manifest), manifest.Precision, null),
    };
}
