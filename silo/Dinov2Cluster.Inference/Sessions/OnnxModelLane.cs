using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Model;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>Buffers for the largest batch of one lane, shared by every batch size. Lanes share the session, whose runs are thread-safe.</summary>
internal sealed class OnnxModelLane : IModelLane
{
    private static readonly Outputs[] _allOutputs = [Outputs.Cls, Outputs.PatchMean, Outputs.PatchTokens];

    private readonly InferenceSession _session;
    private readonly ModelGraph _graph;
    private readonly DeviceId _device;
    private readonly PixelNormalizer? _normalizer;
    private readonly int _maxBatchSize;
    private readonly int _rows;
    private readonly int _cropBytes;
    private readonly RunOptions _runOptions = new();
    private readonly HostBuffer _input;
    private readonly Dictionary<Outputs, HostBuffer> _outputs = [];
    private readonly Dictionary<(int Rows, Outputs Wanted), BatchBinding> _bindings = [];
    private readonly byte[] _staged;

    public OnnxModelLane(InferenceSession session, ModelGraph graph, DeviceId device, PixelNormalizer? normalizer, int maxBatchSize)
    {
        _session = session;
        _graph = graph;
        _device = device;
        _normalizer = normalizer;
        _maxBatchSize = maxBatchSize;
        _rows = graph.FixedBatch ? graph.MaxBatchSize : maxBatchSize;
        _cropBytes = checked(graph.ImageSize * graph.ImageSize * 3);
        _staged = normalizer is null ? [] : new byte[checked(_rows * _cropBytes)];
        _input = new HostBuffer(session, device, normalizer is null ? TensorElementType.UInt8 : TensorElementType.Float, graph.InputShape(_rows));
    }

    public Span<byte> Input(int slot) => (_normalizer is null ? _input.AsSpan<byte>() : _staged).Slice(slot * _cropBytes, _cropBytes);

    public void Run(int count, Outputs wanted, CancellationToken cancellationToken)
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
        using var registration = cancellationToken.UnsafeRegister(static options => ((RunOptions)options!).Terminate = true, _runOptions);
        try
        {
            Binding(rows, wanted).Run(_session, _runOptions);
        }
        catch (OnnxRuntimeException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The run was stopped.", exception, cancellationToken);
        }
        catch (OnnxRuntimeException exception) when (OutOfDeviceMemoryException.IsMeantBy(exception.Message))
        {
            throw new OutOfDeviceMemoryException(count, exception);
        }
    }

    /// <summary>The CLS token is the first row of an image's tokens.</summary>
    public ReadOnlySpan<float> Output(int slot) => Rows(Outputs.Cls, slot, _graph.RowsPerImage)[.._graph.EmbeddingSize];

    public ReadOnlySpan<float> PatchMean(int slot) => Rows(Outputs.PatchMean, slot, rowsPerImage: 1);

    public ReadOnlySpan<float> PatchTokens(int slot) => Rows(Outputs.PatchTokens, slot, _graph.PatchTokens);

    public void Dispose()
    {
        foreach (var binding in _bindings.Values)
        {
            binding.Dispose();
        }

        foreach (var output in _outputs.Values)
        {
            output.Dispose();
        }

        _input.Dispose();
        _runOptions.Dispose();
    }

    private ReadOnlySpan<float> Rows(Outputs output, int slot, int rowsPerImage)
    {
        var features = rowsPerImage * _graph.EmbeddingSize;
        return Buffer(output).AsSpan<float>().Slice(slot * features, features);
    }

    private BatchBinding Binding(int rows, Outputs wanted)
    {
        if (!_bindings.TryGetValue((rows, wanted), out var binding))
        {
            var outputs = _allOutputs.Where(output => wanted.HasFlag(output)).Select(output => new OutputBuffer(Name(output), Buffer(output)));
            _bindings[(rows, wanted)] = binding = new BatchBinding(_session, _graph.Input, _input, [.. outputs], rows, onGpu: _device.Kind == DeviceKind.Cuda);
        }

        return binding;
    }

    /// <summary>Made when it is first wanted: few callers want patch tokens, which are 1.6 MB per image of the giant.</summary>
    private HostBuffer Buffer(Outputs output)
    {
        if (!_outputs.TryGetValue(output, out var buffer))
        {
            var shape = output switch
            {
                Outputs.Cls => _graph.OutputShape(_rows),
                _ when _graph.PatchTokens == 0 => throw new InvalidOperationException("The model gives no patch tokens."),
                Outputs.PatchMean => _graph.PatchMeanShape(_rows),
                _ => _graph.PatchTokensShape(_rows),
            };
            _outputs[output] = buffer = new HostBuffer(_session, _device, TensorElementType.Float, shape);
        }

        return buffer;
    }

    private string Name(Outputs output) => output switch
    {
        Outputs.Cls => _graph.Output,
        Outputs.PatchMean => GraphNames.PatchMean,
        _ => GraphNames.PatchFeatures,
    };
}

/// <summary>The tensors of one batch size and set of outputs: a run allocates none.</summary>
internal sealed class BatchBinding : IDisposable
{
    private readonly string[] _inputNames;
    private readonly OrtValue[] _inputs;
    private readonly string[] _outputNames;
    private readonly OrtValue[] _outputs;
    private readonly OrtIoBinding? _binding;

    public BatchBinding(InferenceSession session, string inputName, HostBuffer input, IReadOnlyList<OutputBuffer> outputs, int count, bool onGpu)
    {
        _inputNames = [inputName];
        _inputs = [input.Rows(count)];
        _outputNames = [.. outputs.Select(output => output.Name)];
        _outputs = [.. outputs.Select(output => output.Buffer.Rows(count))];
        if (onGpu)
        {
            return;
        }

        _binding = session.CreateIoBinding();
        _binding.BindInput(inputName, _inputs[0]);
        for (var i = 0; i < _outputs.Length; i++)
        {
            _binding.BindOutput(_outputNames[i], _outputs[i]);
        }
    }

    /// <summary>Computes the batch; the outputs are in their buffers when this returns.</summary>
    public void Run(InferenceSession session, RunOptions options)
    {
        if (_binding is not null)
        {
            session.RunWithBinding(options, _binding);
            return;
        }

        // A run with values copies in, computes and copies out on a stream of its own, and waits for that stream. A binding copies its inputs on another
        // stream, and has to be synchronized with the whole device: two lanes would wait for each other.
        session.Run(options, _inputNames, _inputs, _outputNames, _outputs);
    }

    public void Dispose()
    {
        _binding?.Dispose();
        Array.ForEach(_inputs, input => input.Dispose());
        Array.ForEach(_outputs, output => output.Dispose());
    }
}

/// <summary>Where to write an output of the graph.</summary>
/// <param name="Name">The output's name.</param>
/// <param name="Buffer">Memory for the largest batch.</param>
internal readonly record struct OutputBuffer(string Name, HostBuffer Buffer);
