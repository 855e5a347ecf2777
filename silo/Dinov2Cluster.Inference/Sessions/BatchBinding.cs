using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Inference.Sessions;

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
