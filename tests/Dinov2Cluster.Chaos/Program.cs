using System.CommandLine;
using Dinov2Cluster.Chaos.Runs;
using Dinov2Cluster.TestSupport;

var seed = new Option<int>("--seed") { Description = "Seed of the load and of the disturbances.", DefaultValueFactory = _ => 1 };
var calm = new Option<bool>("--calm") { Description = "The same load without disturbances." };
var chaosSeconds = Seconds("Length of the load.", defaultValue: 120);
var chaos = new Command(
    "chaos",
    "3 silos, 2 gateways and Redis under load at 60 % of capacity, while silos are killed, stopped, frozen and restarted, and Redis restarts empty. "
    + "To reach: failed 0, mixed 0, accepted = answered, slowest under 3 s.") { chaosSeconds, seed, calm };
chaos.SetAction((arguments, token) => RunAsync(stop => ChaosRun.RunAsync(
    arguments.GetValue(chaosSeconds), arguments.GetValue(seed), !arguments.GetValue(calm), stop), token));

var scaleSeconds = Seconds("Length of one stage's measurement.", defaultValue: 15);
var scale = new Command(
    "scale",
    "1, 2, 4 and 8 silos with 4 devices each (8 ms and 1.5 ms per image, batches up to 32) under closed-loop clients; then batch efficiency on one "
    + "device. To reach: 0.95 of the devices' limit at 8 silos, or, where the machine's cores are the limit, CPU per image at most 1.15 times that of "
    + "1 silo; mean batch at least 0.9 of the best; at 10 % load p50 within 1.2 of a lone request's.") { scaleSeconds };
scale.SetAction((arguments, token) => RunAsync(stop => ScaleRun.RunAsync(arguments.GetValue(scaleSeconds), stop), token));

var overloadSeconds = Seconds("Length of the overload.", defaultValue: 60);
var overload = new Command(
    "overload",
    "Load at 3 times capacity, after one at 90 %. To reach: p99 of the accepted at most twice that at 90 %, the rest 429, memory flat.") { overloadSeconds };
overload.SetAction((arguments, token) => RunAsync(stop => OverloadRun.RunAsync(arguments.GetValue(overloadSeconds), stop), token));

var root = new RootCommand(
    "Loads a cluster of real processes and does bad things to it. Progress goes to standard error; the last line on standard output is one JSON object. "
    + "The exit code is 0 when every number was reached; else 'missed' lists those that weren't. Needs redis-server.") { chaos, scale, overload };
return await root.Parse(args).InvokeAsync(new InvocationConfiguration
{
    // Time to end the children after Ctrl+C.
    ProcessTerminationTimeout = TimeSpan.FromSeconds(10),
});

static Option<int> Seconds(string description, int defaultValue)
{
    var option = new Option<int>("--seconds") { Description = description, DefaultValueFactory = _ => defaultValue };
    option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() is < 1 or > 3600)
        {
            result.AddError("--seconds must be from 1 to 3600.");
        }
    });
    return option;
}

static async Task<int> RunAsync(Func<CancellationToken, Task<int>> run, CancellationToken cancellationToken)
{
    if (!RedisServer.IsInstalled)
    {
        await Console.Error.WriteLineAsync("redis-server is not installed; on Debian or Ubuntu: apt-get install redis-server");
        return 1;
    }

    try
    {
        return await run(cancellationToken);
    }
    catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
    {
        await Console.Error.WriteLineAsync("Interrupted; every process that was started has been ended.");
        return 1;
    }
}
