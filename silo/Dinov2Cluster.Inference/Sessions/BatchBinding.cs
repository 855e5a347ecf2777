using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>The buffers bound for one batch size: a run allocates no tensor and looks up no name.</summary>
internal sealed class BatchBinding : IDisposable
{
    private readonly OrtIoBinding _binding;
    private readonly OrtValue _input;
    private readonly OrtValue[] _outputs;
    private readonly string _inputName;
    private readonly bool _onDevice;

    public BatchBinding(InferenceSession session, HostBuffer input, string inputName, IReadOnlyList<OutputBuffer> outputs, int count, bool onDevice)
    {
        _binding = session.CreateIoBinding();
        _input = input.Rows(count);
        _outputs = [.. outputs.Select(output => output.Buffer.Rows(count))];
        _inputName = inputName;
        _onDevice = onDevice;
        _binding.BindInput(_inputName, _input);
        for (var i = 0; i < _outputs.Length; i++)
        {
            _binding.BindOutput(outputs[i].Name, _outputs[i]);
        }
    }

    public void Run(InferenceSession session, RunOptions options)
    {
        if (_onDevice)
        {
            // Binding a host input copies it to the device immediately (onnxruntime, IOBinding::BindInput), so each run binds again. The run itself
            // copies the outputs back into the bound host tensors.
            _binding.BindInput(_inputName, _input);
            _binding.SynchronizeBoundInputs();
        }

        session.RunWithBinding(options, _binding);
        if (_onDevice)
        {
            _binding.SynchronizeBoundOutputs();
        }
    }

    public void Dispose()
    {
        _binding.Dispose();
        _input.Dispose();
        Array.ForEach(_outputs, output => output.Dispose());
    }
}

/// <summary>Where to write an output of the graph.</summary>
/// <param name="Name">The output's name.</param>
/// <param name="Buffer">Memory for the largest batch.</param>
internal readonly record struct OutputBuffer(string Name, HostBuffer Buffer);
