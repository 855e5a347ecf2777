using System.Globalization;

namespace Dinov2Cluster.Cuda.Tests.Support;

/// <summary>One run of a lane: the calls of its thread from a copy of crops to the device until the next one.</summary>
/// <param name="Thread">The lane's thread.</param>
/// <param name="Calls">In their order.</param>
internal sealed record LaneRun(int Thread, IReadOnlyList<Call> Calls)
{
    // uint8 [224, 224, 3]
    private const int CropBytes = 150_528;

    private static readonly string[] _work = ["kernel", "gemm", "execute", "graph"];

    /// <summary>Images, by what was copied in.</summary>
    public int Images => (int)(Calls[0].Bytes / CropBytes);

    public string Stream => Calls[0]["stream"];

    /// <summary>True where this run began while the other one, of another lane, had not ended.</summary>
    public bool BeganDuring(LaneRun other) =>
        Thread != other.Thread && Calls[0].Place > other.Calls[0].Place && Calls[0].Place < other.Calls[^1].Place;

    /// <summary>The events in order, with neighbors of the device's work as one.</summary>
    public string Events => string.Join(' ', Calls.Select(Name).Aggregate(
        new List<string>(),
        (names, name) =>
        {
            if (name != "work" || names[^1] != name)
            {
                names.Add(name);
            }

            return names;
        }));

    /// <summary>The runs of all threads that copied to the device.</summary>
    public static IReadOnlyList<LaneRun> In(IEnumerable<Call> calls)
    {
        var runs = new List<LaneRun>();
        foreach (var thread in calls.GroupBy(call => call.Thread))
        {
            List<Call>? current = null;
            foreach (var call in thread)
            {
                if (call is { Event: "copy" } && call["direction"] == "H2D" && call.Bytes % CropBytes == 0)
                {
                    current = [];
                    runs.Add(new LaneRun(call.Thread, current));
                }

                current?.Add(call);
            }
        }

        return runs;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Images} images on thread {Thread}: {Events}");

    private static string Name(Call call) => call.Event switch
    {
        // A bias for a product with one row, or a tensor under another shape: the device's own work.
        "copy" when call["direction"] == "D2D" && call["wait"] == "none" => "work",
        "copy" => $"{call["direction"]}({call["from"]},{call["to"]},{call["wait"]})",
        // ONNX Runtime's end of a run. Nothing is ever on this stream, and a wait for it doesn't wait for others: they are made with cudaStreamNonBlocking.
        "streamwait" when call["stream"] == "0" => "no-wait",
        _ => _work.Contains(call.Event) ? "work" : call.Event,
    };
}
