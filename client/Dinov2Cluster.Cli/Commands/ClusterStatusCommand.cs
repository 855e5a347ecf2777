using System.CommandLine;
using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Cluster;
using Dinov2Cluster.Cli.Gateways;
using Dinov2Cluster.Cli.Terminal;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 cluster status [--watch [TIME]] [--json]</c>.</summary>
internal sealed class ClusterStatusCommand(CommandContext context)
{
    private static readonly TimeSpan _defaultPeriod = TimeSpan.FromSeconds(2);

    private readonly GatewayCommandOptions _gateway = GatewayCommandOptions.ForHttp();
    private readonly Option<TimeSpan?> _watch = new("--watch")
    {
        Description = "Repeat until Ctrl+C (default: every 2s).",
        HelpName = "TIME",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = static result => result.Tokens.Count == 0 ? _defaultPeriod : Durations.Parse(result),
    };

    private readonly Option<bool> _json = JsonOutput.Option();

    public Command Create() =>
        new Command("status", "Shows silos, devices and models as a gateway sees them.") { _watch, _json, _gateway.Options }.WithAction(RunAsync);

    private async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var target = _gateway.Read(parsed, context);
        using var client = new ClusterClient(target);
        // Without a first answer the command fails: a wrong address is an error, not something to wait for.
        var (json, status) = await client.ReadAsync(cancellationToken);
        var print = parsed.GetValue(_json);
        if (Period(parsed) is not { } period)
        {
            Show();
            return;
        }

        try
        {
            if (!print && context.Console.Profile.Out.IsTerminal)
            {
                await WatchLiveAsync(client, View(status, target), period, target, cancellationToken);
                return;
            }

            for (; ; (json, status) = await client.ReadAsync(cancellationToken))
            {
                Show();
                await Task.Delay(period, context.Time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C is the normal end.
        }

        void Show()
        {
            if (print)
            {
                context.Output.WriteLine(JsonNode.Parse(json)!.ToJsonString());
            }
            else
            {
                context.Console.Write(View(status, target));
            }
        }
    }

    private Task WatchLiveAsync(ClusterClient client, IRenderable first, TimeSpan period, GatewayTarget target, CancellationToken cancellationToken) =>
        context.Console.Live(first).StartAsync(async live =>
        {
            var last = first;
            live.Refresh();
            while (true)
            {
                await Task.Delay(period, context.Time, cancellationToken);
                try
                {
                    last = View((await client.ReadAsync(cancellationToken)).Status, target);
                    live.UpdateTarget(last);
                }
                catch (CommandException exception)
                {
                    // A restarting gateway comes back; meanwhile the last picture stays, with the reason.
                    live.UpdateTarget(new Rows(last, new Text(exception.Message, new Style(Color.Red))));
                }
            }
        });

    private TimeSpan? Period(ParseResult parsed) => parsed.GetResult(_watch) is { Implicit: false } ? parsed.GetValue(_watch) : null;

    private IRenderable View(ClusterStatus status, GatewayTarget target) => ClusterTable.Create(status, target.Url, context.Time.GetUtcNow());
}
