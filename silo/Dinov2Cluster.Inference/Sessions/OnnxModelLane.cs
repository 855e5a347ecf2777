using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Model;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>Buffers for the largest batch of one lane, allocated once and bound for every batch size. Lanes share the session, whose runs are thread-safe.</summary>
internal sealed class OnnxModelLane : IModelLane
{
    private readonly InferenceSession _session;
    private readonly ModelGraph _graph;
    private readonly PixelNormalizer? _normalizer;
    private readonly int _maxBatchSize;
    private readonly int _cropBytes;
    private readonly bool _onDevice;
    private readonly RunOptions _runOptions = new();
    private readonly HostBuffer _input;
    private readonly HostBuffer _output;
    private readonly HostBuffer? _patchMean;
    private readonly HostBuffer? _patchTokens;
    private readonly OutputBuffer[] _outputs;
    private readonly BatchBinding?[] _bindings;
    private readonly byte[] _staged;

    public OnnxModelLane(InferenceSession session, ModelGraph graph, DeviceId device, PixelNormalizer? normalizer, int maxBatchSize)
    {
        _session = session;
        _graph = graph;
        _normalizer = normalizer;
        _maxBatchSize = maxBatchSize;
        _cropBytes = checked(graph.ImageSize * graph.ImageSize * 3);
        _onDevice = device.Kind.IsGpu();
        var rows = graph.FixedBatch ? graph.MaxBatchSize : maxBatchSize;
        _bindings = new BatchBinding?[rows + 1];
        _staged = normalizer is null ? [] : new byte[checked(rows * _cropBytes)];
        _input = new HostBuffer(session, device, normalizer is null ? TensorElementType.UInt8 : TensorElementType.Float, graph.InputShape(rows));
        _output = new HostBuffer(session, device, TensorElementType.Float, graph.OutputShape(rows));
        _outputs = [new(graph.Output, _output)];
        if (graph.PatchTokens > 0)
        {
            _patchMean = new HostBuffer(session, device, TensorElementType.Float, graph.PatchMeanShape(rows));
            _patchTokens = new HostBuffer(session, device, TensorElementType.Float, graph.PatchTokensShape(rows));
            _outputs = [.. _outputs, new(GraphNames.PatchMean, _patchMean), new(GraphNames.PatchFeatures, _patchTokens)];
        }
    }

    public Span<byte> Input(int slot) => (_normalizer is null ? _input.AsSpan<byte>() : _staged).Slice(slot * _cropBytes, _cropBytes);

    public void Run(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _maxBatchSize);
        cancellationToken.ThrowIfCancellationRequested();
        if (_normalizer is not null)
        {
            var floats = _input.AsSpan<float>();
            for (var slot = 0; slot < count; slot++)
            {
                _normalizer.Normalize(Input(slot), floats.Slice(slot * _cropBytes, _cropBytes));
            }
        }

        // A graph with a fixed batch also computes its unused slots; their features are never read.
        var rows = _graph.FixedBatch ? _graph.MaxBatchSize : count;
        var binding = _bindings[rows] ??= new BatchBinding(_session, _input, _graph.Input, _outputs, rows, _onDevice);
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
        _output.AsSpan<float>().Slice(slot * _graph.RowsPerImage * _graph.EmbeddingSize, _graph.EmbeddingSize);

    public ReadOnlySpan<float> PatchMean(int slot) =>
        PatchesOf(_patchMean).Slice(slot * _graph.EmbeddingSize, _graph.EmbeddingSize);

    public ReadOnlySpan<float> PatchTokens(int slot) =>
        PatchesOf(_patchTokens).Slice(slot * _graph.PatchTokens * _graph.EmbeddingSize, _graph.PatchTokens * _graph.EmbeddingSize);

    public void Dispose()
    {
        foreach (var binding in _bindings)
        {
            binding?.Dispose();
        }

        _input.Dispose();
        Array.ForEach(_outputs, output => output.Buffer.Dispose());
        _runOptions.Dispose();
    }

    private static ReadOnlySpan<float> PatchesOf(HostBuffer? buffer) =>
        buffer is null ? throw new InvalidOperationException("The model gives no patch tokens.") : buffer.AsSpan<float>();
}
