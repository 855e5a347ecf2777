using System.Globalization;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>An ONNX graph on one device.</summary>
internal sealed class OnnxModelSession : IModelSession
{
    private readonly InferenceSession _session;
    private readonly ModelGraph _graph;
    private readonly DeviceId _device;
    private readonly PixelNormalizer? _normalizer;

    private OnnxModelSession(InferenceSession session, ModelGraph graph, DeviceId device, PreprocessorConfig preprocessing)
    {
        _session = session;
        _graph = graph;
        _device = device;
        _normalizer = graph.Layout == PixelLayout.NormalizedChw ? new PixelNormalizer(preprocessing) : null;
        Signature = new ModelSignature(graph.ImageSize, graph.EmbeddingSize, graph.MaxBatchSize, graph.FixedBatch, graph.PatchTokens);
    }

    public ModelSignature Signature { get; }

    /// <summary>A CPU copies nothing, and a second run would only take cores from the first.</summary>
    public int Lanes => _device.Kind == DeviceKind.Cuda ? 2 : 1;

    /// <summary>CUDA's libraries load kernels and make handles with a thread's first run of a size.</summary>
    public bool WarmsUpBySize => _device.Kind == DeviceKind.Cuda;

    /// <summary>Loads the model, with its external data next to it.</summary>
    /// <exception cref="ModelException">The file can't be loaded or served, or this build can't use the device.</exception>
    public static OnnxModelSession Load(string onnxPath, ModelManifest? manifest, DeviceOptions device, int maxBatchSize, CancellationToken cancellationToken)
    {
        InferenceSession? session = null;
        try
        {
            session = Open(onnxPath, manifest, device, cancellationToken);
            var graph = ModelGraph.Inspect(session, onnxPath, manifest, maxBatchSize);
            graph = graph.NeedsProbe ? Probe(session, graph) : graph;
            if (manifest is not null && manifest.EmbeddingSize != graph.EmbeddingSize)
            {
                throw new ModelException($"{onnxPath} gives {graph.EmbeddingSize} features, but {ModelManifest.FileName} next to it says {manifest.EmbeddingSize}.");
            }

            return new OnnxModelSession(session, graph, device.Id, manifest?.Preprocessing ?? new PreprocessorConfig());
        }
        catch (Exception exception)
        {
            session?.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            if (exception is OnnxRuntimeException or OverflowException or OutOfMemoryException)
            {
                throw new ModelException($"{onnxPath} can't be loaded on {device.Id}: {exception.FirstLine()}", exception);
            }

            throw;
        }
    }

    public IModelLane CreateLane(int maxBatchSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBatchSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxBatchSize, Signature.MaxBatchSize);

        return new OnnxModelLane(_session, _graph, _device, _normalizer, maxBatchSize);
    }

    public void ReleaseMemory()
    {
        if (_device.Kind == DeviceKind.Cuda)
        {
            // The arena returns its free blocks at the end of a run that asks for it.
            using var options = new RunOptions();
            options.AddRunConfigEntry("memory.enable_memory_arena_shrinkage", string.Create(CultureInfo.InvariantCulture, $"gpu:{_device.Index}"));
            RunZeros(_session, _graph, options).Dispose();
        }
    }

    public void Dispose() => _session.Dispose();

    private static InferenceSession Open(string path, ModelManifest? manifest, DeviceOptions device, CancellationToken cancellationToken)
    {
        using var options = OnnxSessionOptions.Create(device, manifest);
        using var registration = cancellationToken.UnsafeRegister(static options => ((SessionOptions)options!).SetLoadCancellationFlag(true), options);
        return new InferenceSession(path, options);
    }

    /// <summary>A run, for exports that don't declare their number of tokens or features.</summary>
    private static ModelGraph Probe(InferenceSession session, ModelGraph graph)
    {
        using var options = new RunOptions();
        using var outputs = RunZeros(session, graph, options);
        var found = outputs[0].GetTensorTypeAndShape().Shape;
        return graph with { RowsPerImage = found.Length == 3 ? checked((int)found[1]) : 1, EmbeddingSize = checked((int)found[^1]) };
    }

    private static IDisposableReadOnlyCollection<OrtValue> RunZeros(InferenceSession session, ModelGraph graph, RunOptions options)
    {
        var shape = graph.InputShape(graph.FixedBatch ? graph.MaxBatchSize : 1);
        var length = checked((int)shape.Aggregate(1L, (product, size) => checked(product * size)));
        using var input = graph.Layout == PixelLayout.NormalizedChw
            ? OrtValue.CreateTensorValueFromMemory(new float[length], shape)
            : OrtValue.CreateTensorValueFromMemory(new byte[length], shape);
        return session.Run(options, [graph.Input], [input], [graph.Output]);
    }
}
