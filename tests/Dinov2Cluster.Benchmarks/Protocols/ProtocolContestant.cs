using System.Diagnostics;

namespace Dinov2Cluster.Benchmarks.Protocols;

/// <summary>One protocol that sends the sample image, request after request.</summary>
/// <param name="name">What it is called in the result.</param>
/// <param name="send">Sends one image and reads its answer.</param>
internal sealed class ProtocolContestant(string name, Func<Task> send)
{
    private readonly List<double> _cpu = [];
    private readonly List<double> _latencies = [];

    public string Name => name;

    /// <summary>Gateway CPU in milliseconds per image, of each round.</summary>
    public IReadOnlyList<double> Cpu => _cpu;

    /// <summary>Milliseconds until the answer, of each request.</summary>
    public IReadOnlyList<double> Latencies => _latencies;

    public async Task WarmUpAsync(int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            await send();
        }
    }

    /// <summary>One round.</summary>
    public async Task MeasureAsync(Process gateway, int requests)
    {
        var before = Measurement.Cpu(gateway);
        for (var i = 0; i < requests; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await send();
            _latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        _cpu.Add((Measurement.Cpu(gateway) - before).TotalMilliseconds / requests);
    }
}
