using System.Diagnostics;
using Dinov2Cluster.Model.Compiler;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Benchmarks.Compiler;

/// <summary>A model in a race: a session with fixed options, and the input of one batch.</summary>
internal sealed class Contestant : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly string[] _inputName;
    private readonly string[] _outputName;
    private OrtValue? _input;

    public Contestant(string name, string modelDirectory, int threads)
    {
        Name = name;
        using var options = new SessionOptions { IntraOpNumThreads = threads, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL };
        _session = new InferenceSession(Path.Combine(modelDirectory, ModelCompiler.GraphFileName), options);
        _inputName = [_session.InputNames[0]];
        _outputName = [_session.OutputNames[0]];
    }

    public string Name { get; }

    public void Prepare(OrtValue input)
    {
        _input?.Dispose();
        _input = input;
    }

    /// <summary>Features of the prepared batch.</summary>
    public float[] Run()
    {
        using var outputs = _session.Run(_options, _inputName, [_input!], _outputName);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <summary>
    /// Seconds that the prepared batch takes, as the mean of a burst. One run before it is not counted: another session's idle threads spin
    /// for some milliseconds after their last work, on the same cores.
    /// </summary>
    public double Time(int burst)
    {
        RunOnce();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < burst; i++)
        {
            RunOnce();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / burst;
    }

    public void Dispose()
    {
        _input?.Dispose();
        _options.Dispose();
        _session.Dispose();
    }

    private void RunOnce()
    {
        using var outputs = _session.Run(_options, _inputName, [_input!], _outputName);
    }
}
