using System.Text.Json.Nodes;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>What is written at the end of a run, from data in the form that k6 gives it.</summary>
public sealed class SummaryTests
{
    // https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/
    private const string Data =
        """
        {
          "root_group": {}, "options": {}, "state": { "testRunDurationMs": 20000 },
          "metrics": {
            "dinov2_failed": { "type": "rate", "values": { "rate": 0.01, "passes": 2, "fails": 198 }, "thresholds": { "rate==0": { "ok": false } } },
            "dinov2_rejected": { "type": "rate", "values": { "rate": 0.24, "passes": 48, "fails": 152 } },
            "dinov2_images": { "type": "counter", "values": { "count": 300, "rate": 15 } },
            "dropped_iterations": { "type": "counter", "values": { "count": 3, "rate": 0.15 } },
            "dinov2_accepted_duration": { "type": "trend", "values": { "avg": 12.34, "min": 5, "med": 11, "p(90)": 20, "p(95)": 25.06, "p(99)": 40, "max": 99.99 }, "thresholds": { "p(99)<1000": { "ok": true } } },
            "dinov2_rejected_duration": { "type": "trend", "values": { "avg": 1, "min": 1, "med": 1, "p(90)": 1, "p(95)": 1, "p(99)": 1, "max": 1 } },
            "dinov2_server_queue": { "type": "trend", "values": { "avg": 3, "min": 1, "med": 3, "p(90)": 3, "p(95)": 3, "p(99)": 3, "max": 3 } },
            "dinov2_failed{phase:step-1}": { "type": "rate", "values": { "rate": 0, "passes": 0, "fails": 100 }, "thresholds": { "rate==0": { "ok": true } } },
            "dinov2_rejected{phase:step-1}": { "type": "rate", "values": { "rate": 0, "passes": 0, "fails": 100 } },
            "dinov2_accepted_duration{phase:step-1}": { "type": "trend", "values": { "med": 10, "p(99)": 30 } },
            "dinov2_failed{phase:step-2}": { "type": "rate", "values": { "rate": 0.02, "passes": 2, "fails": 98 }, "thresholds": { "rate==0": { "ok": false } } },
            "dinov2_rejected{phase:step-2}": { "type": "rate", "values": { "rate": 0.48, "passes": 48, "fails": 52 } },
            "dinov2_accepted_duration{phase:step-2}": { "type": "trend", "values": { "med": 12, "p(99)": 40 } },
            "dinov2_failed{phase:step-3}": { "type": "rate", "values": { "rate": 0, "passes": 0, "fails": 0 }, "thresholds": { "rate==0": { "ok": false } } }
          }
        }
        """;

    private const string Table =
        """

        ramp: FAILED after 20.0 s

        requests                   200    10.0/s
          accepted                 150   75.00 %
          rejected (429)            48   24.00 %
          failed                     2    1.00 %
        images                     300    15.0/s
        not begun by k6              3

        ms                         avg       p50       p90       p95       p99       max
        accepted                  12.3      11.0      20.0      25.1      40.0     100.0
        rejected                   1.0       1.0       1.0       1.0       1.0       1.0
        server queue               3.0       3.0       3.0       3.0       3.0       3.0

        phase                     rate  requests  rejected    failed    p50 ms    p99 ms
        step-1                    10/s       100         0         0      10.0      30.0      held
        step-2                    20/s       100        48         2      12.0      40.0  NOT HELD
        step-3                    30/s         0         0         0         -         -   not run

        thresholds: 2 of 4 held
          not so: dinov2_failed rate==0
          not so: dinov2_failed{phase:step-2} rate==0


        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_table_tells_the_run_and_its_phases() =>
        Assert.Equal(Table, (string)(await SummarizeAsync(Data, "ramp.json"))["stdout"]!);

    [Fact]
    public async Task The_json_has_the_same_numbers_and_all_of_k6s_own()
    {
        var json = JsonNode.Parse((string)(await SummarizeAsync(Data, "ramp.json"))["ramp.json"]!)!;

        Assert.Equal("ramp", (string)json["scenario"]!);
        Assert.False((bool)json["passed"]!);
        Assert.Equal((200, 150, 48, 2), ((int)json["requests"]!, (int)json["accepted"]!, (int)json["rejected"]!, (int)json["failed"]!));
        Assert.Equal((300, 15, 3), ((int)json["images"]!, (int)json["imagesPerSecond"]!, (int)json["dropped"]!));
        Assert.Equal(40, (double)json["ms"]!["accepted"]!["p(99)"]!);
        Assert.Equal([true, false, null], json["phases"]!.AsArray().Select(phase => (bool?)phase!["held"]));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Data)!["metrics"], json["metrics"]));
    }

    [Fact]
    public async Task On_standard_output_the_json_is_the_last_line()
    {
        var summary = await SummarizeAsync(Data, "-");

        var (target, text) = Assert.Single(summary);
        Assert.Equal("stdout", target);
        Assert.Equal("ramp", (string)JsonNode.Parse(((string)text!).TrimEnd('\n').Split('\n')[^1])!["scenario"]!);
    }

    [Fact]
    public async Task A_run_without_a_request_has_no_times_and_divides_by_nothing()
    {
        var json = JsonNode.Parse((string)(await SummarizeAsync("""{"state":{"testRunDurationMs":0},"metrics":{}}""", "x.json"))["x.json"]!)!;

        Assert.Equal((0, 0), ((int)json["requests"]!, (int)json["imagesPerSecond"]!));
        Assert.Empty(json["ms"]!.AsObject());
    }

    private static async Task<JsonObject> SummarizeAsync(string data, string target) =>
        (await NodeScript.RunAsync(
            $$"""
            import { summarize } from './lib/summary.js';
            const phases = [1, 2, 3].map((step) => ({ label: `step-${step}`, seconds: 10, rate: 10 * step }));
            console.log(JSON.stringify(summarize({{data}}, 'ramp', phases, '{{target}}')));
            """,
            Cancellation)).AsObject();
}
