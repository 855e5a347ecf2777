using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>What each scenario tells k6: <c>node/run.mjs</c> has already refused thresholds that k6 would.</summary>
public sealed partial class ScenarioOptionsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_scenarios_are_those_that_are_promised() =>
        Assert.Equal(["burst", "grpc", "overload", "ramp", "silo-loss", "smoke", "soak", "steady"], K6Folder.Scenarios);

    [Theory]
    [InlineData("steady", "constant-arrival-rate", 7, 7)]
    [InlineData("ramp", "ramping-arrival-rate", 7, 70)]
    [InlineData("burst", "ramping-arrival-rate", 7, 70)]
    [InlineData("soak", "constant-arrival-rate", 7, 7)]
    [InlineData("overload", "constant-arrival-rate", 70, 70)]
    [InlineData("silo-loss", "constant-arrival-rate", 7, 7)]
    [InlineData("grpc", "constant-arrival-rate", 7, 7)]
    public async Task The_load_is_open_and_bounded_by_the_settings(string scenario, string executor, int first, int highest)
    {
        var run = await ScenarioRun.RunAsync(
            scenario, 0, Settings(("RATE", "7"), ("MAX_RATE", "70"), ("DURATION", "1m40s"), ("MAX_VUS", "30"), ("SUMMARY", "out.json")), Cancellation);

        var load = Assert.Single(run.Options["scenarios"]!.AsObject());
        var options = load.Value!;
        var stages = options["stages"]?.AsArray() ?? [];
        Assert.Equal(scenario, load.Key);
        Assert.Equal(executor, (string)options["executor"]!);
        Assert.Equal("1s", (string)options["timeUnit"]!);
        Assert.Equal(first, (int)(options["rate"] ?? options["startRate"])!);
        Assert.Equal(highest, stages.Select(stage => (int)stage!["target"]!).Append(first).Max());
        Assert.Equal(100, stages.Count > 0 ? stages.Sum(stage => Seconds(stage!["duration"]!)) : Seconds(options["duration"]!));
        Assert.Equal(30, (int)options["maxVUs"]!);
        Assert.InRange((int)options["preAllocatedVUs"]!, 1, 30);
        Assert.Contains("handleSummary", run.Result["exports"]!.AsArray().Select(name => (string)name!));
        Assert.Equal(["out.json", "stdout"], run.Summary.Select(target => target.Key).Order(StringComparer.Ordinal));
        Assert.Contains("p(99)", run.Options["summaryTrendStats"]!.AsArray().Select(name => (string)name!));
    }

    [Fact]
    public async Task Smoke_is_ten_requests_one_after_the_other()
    {
        var run = await ScenarioRun.RunAsync("smoke", 0, Settings(), Cancellation);

        var options = run.Options["scenarios"]!["smoke"]!;
        Assert.Equal("""{"executor":"shared-iterations","vus":1,"iterations":10,"maxDuration":"60s"}""", options.ToJsonString());
    }

    [Fact]
    public async Task Each_step_of_the_ramp_stops_the_run_on_its_own_and_not_before_its_middle()
    {
        var run = await ScenarioRun.RunAsync("ramp", 0, Settings(("DURATION", "40s"), ("STEPS", "4"), ("P99_MS", "250")), Cancellation);

        var thresholds = run.Options["thresholds"]!.AsObject();
        Assert.Equal(3 * 4, thresholds.Count);
        for (var step = 1; step <= 4; step++)
        {
            foreach (var (metric, condition) in new[] { ("accepted_duration", "p(99)<250"), ("rejected", "rate<0.01"), ("failed", "rate==0") })
            {
                var threshold = Assert.Single(thresholds[$"dinov2_{metric}{{phase:step-{step}}}"]!.AsArray())!;
                Assert.Equal(condition, (string)threshold["threshold"]!);
                Assert.True((bool)threshold["abortOnFail"]!);
                Assert.Equal((10 * step) - 5, Seconds(threshold["delayAbortEval"]!));
            }
        }
    }

    [Theory]
    [InlineData("soak", 100, 4)]
    [InlineData("burst", 100, 10)]
    [InlineData("ramp", 100, 10)]
    public async Task Thresholds_name_the_phases_that_the_samples_are_told_apart_by(string profile, int seconds, int phases)
    {
        var run = await ScenarioRun.RunAsync(profile, 0, Settings(("DURATION", $"{seconds}s")), Cancellation);
        var labels = await NodeScript.RunAsync(
            $$"""
            import { phaseAt, profiles } from './lib/profiles.js';
            import { readSettings } from './lib/settings.js';
            const profile = profiles['{{profile}}'];
            const { phases } = profile.plan(readSettings({ DURATION: '{{seconds}}s' }, '{{profile}}', profile.defaults));
            const seen = new Set();
            for (let ms = 0; ms <= {{seconds}}000 + 30000; ms += 500) seen.add(phaseAt(phases, ms));
            console.log(JSON.stringify([...seen]));
            """,
            Cancellation);

        var expected = labels.AsArray().Select(label => (string)label!).ToHashSet();
        var named = run.Options["thresholds"]!.AsObject().Select(threshold => Phase().Match(threshold.Key)).Where(match => match.Success).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Equal(phases, expected.Count);
        Assert.Equal(expected, named);
    }

    [Fact]
    public async Task A_watched_silo_loss_has_a_watcher_and_fails_without_a_loss()
    {
        var run = await ScenarioRun.RunAsync("silo-loss", 0, Settings(("CLUSTER_URL", "http://127.0.0.1:8082")), Cancellation);

        var watcher = run.Options["scenarios"]!["watch"]!;
        Assert.Equal(("watch", 1), ((string)watcher["exec"]!, (int)watcher["vus"]!));
        Assert.Contains("watch", run.Result["exports"]!.AsArray().Select(name => (string)name!));
        Assert.NotNull(run.Options["thresholds"]!["dinov2_silos_lost"]);
    }

    [Theory]
    [InlineData("steady", "RATE", "0")]
    [InlineData("steady", "RATE", "1.5")]
    [InlineData("steady", "DURATION", "forever")]
    [InlineData("steady", "DURATION", "200h")]
    [InlineData("steady", "BASE_URL", "gateway:8080")]
    [InlineData("steady", "PROTOCOL", "soap")]
    [InlineData("steady", "PROTOCOL", "oip")]
    [InlineData("steady", "IMAGES_PER_REQUEST", "0")]
    [InlineData("overload", "MAX_RATE", "9")]
    [InlineData("ramp", "DURATION", "3s")]
    [InlineData("ramp", "STEPS", "1")]
    public async Task A_setting_that_can_not_be_is_refused_by_its_name(string scenario, string setting, string value)
    {
        var run = await ScenarioRun.TryRunAsync(scenario, 0, Settings((setting, value)), Cancellation);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains($"Error: {setting}", run.Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Settings(params (string Name, string Value)[] settings) => settings.ToDictionary(pair => pair.Name, pair => pair.Value);

    private static int Seconds(JsonNode duration) => int.Parse(((string)duration!).TrimEnd('s'), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{phase:([\w-]+)\}$")]
    private static partial Regex Phase();
}
