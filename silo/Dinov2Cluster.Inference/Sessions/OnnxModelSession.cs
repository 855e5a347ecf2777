using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Repository;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>An ONNX graph on one device, with buffers for the largest batch allocated once and bound for every batch size.</summary>
internal sealed class OnnxModelSession : IModelSession
{
    private readonly InferenceSession _session;
    private readonly ModelGraph _graph;
    private readonly bool _onDevice;
    private readonly RunOptions _runOptions = new();
    private readonly HostBuffer _input;
    private readonly HostBuffer _output;
    private readonly BatchBinding?[] _bindings;
    private readonly byte[] _staged;
    private readonly PixelNormalizer? _normalizer;

    private OnnxModelSession(InferenceSession session, ModelGraph graph, DeviceId device, PreprocessorConfig preprocessing)
    {
        _session = session;
        _graph = graph;
        _onDevice = device.Kind is DeviceKind.Cuda or DeviceKind.TensorRt;
        Signature = new ModelSignature(graph.ImageSize, graph.EmbeddingSize, graph.MaxBatchSize);
        _bindings = new BatchBinding?[graph.MaxBatchSize + 1];
        var floats = graph.Layout == PixelLayout.NormalizedChw;
        _normalizer = floats ? new PixelNormalizer(preprocessing) : null;
        _staged = floats ? new byte[checked(graph.MaxBatchSize * Signature.CropBytes)] : [];
        _input = new HostBuffer(session, device, floats ? TensorElementType.Float : TensorElementType.UInt8, InputShape(graph, graph.MaxBatchSize));
        _output = new HostBuffer(session, device, TensorElementType.Float, OutputShape(graph));
    }

    public ModelSignature Signature { get; }

    /// <summary>Loads the model, with its external data from beside it, and runs the smallest and the largest batch once.</summary>
    /// <exception cref="ModelException">The file can't be loaded or served, or this build can't use the device.</exception>
    public static OnnxModelSession Load(string onnxPath, ModelManifest? manifest, DeviceOptions device, int maxBatchSize, CancellationToken cancellationToken)
    {
        IDisposable? owner = null;
        try
        {
            var session = Open(onnxPath, device, cancellationToken);
            owner = session;
            var graph = ModelGraph.Inspect(session, onnxPath, manifest, maxBatchSize);
            graph = graph.NeedsProbe ? Probe(session, graph) : graph;
            if (manifest is not null && manifest.EmbeddingSize != graph.EmbeddingSize)
            {
                throw new ModelException($"{onnxPath} gives {graph.EmbeddingSize} features, but {ModelManifest.FileName} beside it says {manifest.EmbeddingSize}.");
            }

            var loaded = new OnnxModelSession(session, graph, device.Id, manifest?.Preprocessing ?? new PreprocessorConfig());
            owner = loaded;
            loaded.WarmUp(cancellationToken);
            return loaded;
        }
        catch (Exception exception)
        {
            owner?.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            if (exception is OnnxRuntimeException or OverflowException or OutOfMemoryException)
            {
                throw new ModelException($"{onnxPath} can't be loaded on {device.Id}: {exception.Message}", exception);
            }

            throw;
        }
    }

    public Span<byte> Input(int slot) => (_normalizer is null ? _input.AsSpan<byte>() : _staged).Slice(slot * Signature.CropBytes, Signature.CropBytes);

    public void Run(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Signature.MaxBatchSize);
        cancellationToken.ThrowIfCancellationRequested();
        if (_normalizer is not null)
        {
            var floats = _input.AsSpan<float>();
            for (var slot = 0; slot < count; slot++)
            {
                _normalizer.Normalize(Input(slot), floats.Slice(slot * Signature.CropBytes, Signature.CropBytes));
            }
        }

        // A graph with a fixed batch computes its unused slots too; nobody reads them.
        var rows = _graph.FixedBatch ? Signature.MaxBatchSize : count;
        var binding = _bindings[rows] ??= new BatchBinding(_session, _graph, _input, _output, rows, _onDevice);
        using var registration = cancellationToken.UnsafeRegister(static options => ((RunOptions)options!).Terminate = true, _runOptions);
        try
        {
            binding.Run(_session, _runOptions);
        }
        catch (OnnxRuntimeException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The run was stopped.", exception, cancellationToken);
        }
    }

    /// <summary>The CLS token is the first row of an image's tokens.</summary>
    public ReadOnlySpan<float> Output(int slot) =>
        _output.AsSpan<float>().Slice(slot * _graph.RowsPerImage * Signature.EmbeddingSize, Signature.EmbeddingSize);

    public void Dispose()
    {
        foreach (var binding in _bindings)
        {
            binding?.Dispose();
        }

        _input.Dispose();
        _output.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }

    private static InferenceSession Open(string path, DeviceOptions device, CancellationToken cancellationToken)
    {
        using var options = OnnxSessionOptions.Create(device);
        using var registration = cancellationToken.UnsafeRegister(static options => ((SessionOptions)options!).SetLoadCancellationFlag(true), options);
        return new InferenceSession(path, options);
    }

    /// <summary>One run of zeros, for exports that don't declare how many tokens or features they give.</summary>
    private static ModelGraph Probe(InferenceSession session, ModelGraph graph)
    {
        var shape = InputShape(graph, graph.FixedBatch ? graph.MaxBatchSize : 1);
        var length = checked((int)shape.Aggregate(1L, (product, size) => checked(product * size)));
        using var options = new RunOptions();
        using var input = graph.Layout == PixelLayout.NormalizedChw
            ? OrtValue.CreateTensorValueFromMemory(new float[length], shape)
            : OrtValue.CreateTensorValueFromMemory(new byte[length], shape);
        using var outputs = session.Run(options, [graph.Input], [input], [graph.Output]);
        var found = outputs[0].GetTensorTypeAndShape().Shape;
        return graph with { RowsPerImage = found.Length == 3 ? checked((int)found[1]) : 1, EmbeddingSize = checked((int)found[^1]) };
    }

    /// <summary>
    /// Arenas grow, kernels compile and weights pack now, not under the first request. TensorRT builds its engine for the range of batch sizes it
    /// has seen, so it must see both ends.
    /// </summary>
    private void WarmUp(CancellationToken cancellationToken)
    {
        Run(1, cancellationToken);
        Run(Signature.MaxBatchSize, cancellationToken);
    }

    private static long[] InputShape(ModelGraph graph, int batch) => graph.Layout == PixelLayout.NormalizedChw
        ? [batch, 3, graph.ImageSize, graph.ImageSize]
        : [batch, graph.ImageSize, graph.ImageSize, 3];

    private static long[] OutputShape(ModelGraph graph) => graph.Output == "last_hidden_state"
        ? [graph.MaxBatchSize, graph.RowsPerImage, graph.EmbeddingSize]
        : [graph.MaxBatchSize, graph.EmbeddingSize];
}
