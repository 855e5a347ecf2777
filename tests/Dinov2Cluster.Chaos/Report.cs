using System.Text.Json.Nodes;
using Dinov2Cluster.Chaos.Load;

namespace Dinov2Cluster.Chaos;

/// <summary>The one line that a run ends with, and whether it reached its numbers.</summary>
internal sealed class Report
{
    private readonly JsonObject _json = [];
    private readonly JsonArray _missed = [];

    public Report(string run, Tally tally)
    {
        this["run"] = run;
        this["accepted"] = tally.Accepted;
        this["answered"] = tally.Answered;
        this["rejected"] = tally.Rejected;
        this["failed"] = tally.Failed;
        this["mixed"] = tally.MixedRows;
        this["slowest_ms"] = Round(tally.SlowestMilliseconds);
        this["images_per_second"] = Round(tally.ImagesPerSecond);
        Require("failed", tally.Failed == 0);
        Require("mixed", tally.MixedRows == 0);
        Require("accepted_answered", tally.Accepted == tally.Answered);
    }

    /// <summary>Adds a value.</summary>
    public JsonNode? this[string name]
    {
        set => _json[name] = value;
    }

    /// <summary>Three decimals are enough for a reader.</summary>
    public static double Round(double value) => Math.Round(value, 3);

    /// <summary>States a number to reach; a missed one makes the program fail.</summary>
    public void Require(string name, bool reached)
    {
        if (!reached)
        {
            _missed.Add(name);
        }
    }

    /// <summary>Prints the line.</summary>
    /// <returns>The exit code: 0 when every number was reached.</returns>
    public int Print()
    {
        _json["ok"] = _missed.Count == 0;
        _json["missed"] = _missed;
        Console.Out.WriteLine(_json.ToJsonString());
        return _missed.Count == 0 ? 0 : 1;
    }
}
