using System.CommandLine;
using System.Text;
using System.Text.Json;
using Dinov2Cluster.Cli.Cluster;
using Dinov2Cluster.Cli.Gateways;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 cluster status [--watch [SECONDS]] [--json]</c>.</summary>
internal sealed class ClusterStatusCommand
{
    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromSeconds(2);

    private readonly CommandContext _context;
    private readonly GatewayOptions _gateway = GatewayOptions.ForHttp();
    private readonly Option<TimeSpan?> _watch = new("--watch")
    {
        Description = "Ask again and again until Ctrl+C (default: every 2s).",
        HelpName = "TIME",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = static result => result.Tokens.Count == 0 ? DefaultPeriod : Durations.Parse(result),
    };

    private readonly Option<bool> _json = JsonOutput.Option();

    private ClusterStatusCommand(CommandContext context) => _context = context;

    public static Command Create(CommandContext context) => new ClusterStatusCommand(context).Create();

    private Command Create()
    {
        var command = new Command("status", "Shows silos, devices and models as a gateway sees them.") { _watch, _json };
        foreach (var option in _gateway.Options)
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var target = _gateway.Read(parsed, _context);
        using var client = new ClusterClient(target);
        // The first answer is due in any case: a wrong address is an error, and nothing to wait for.
        var (json, status) = await client.ReadAsync(cancellationToken);
        var print = parsed.GetValue(_json);
        if (Period(parsed) is not { } period)
        {
            Show();
            return;
        }

        try
        {
            if (!print && _context.Console.Profile.Out.IsTerminal)
            {
                await WatchLiveAsync(client, View(status, target), period, target, cancellationToken);
                return;
            }

            for (; ; (json, status) = await client.ReadAsync(cancellationToken))
            {
                Show();
                await Task.Delay(period, _context.Time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C is how watching ends.
        }

        void Show()
        {
            if (print)
            {
                _context.Output.WriteLine(OneLine(json));
            }
            else
            {
                _context.Console.Write(View(status, target));
            }
        }
    }

    private Task WatchLiveAsync(ClusterClient client, IRenderable first, TimeSpan period, GatewayTarget target, CancellationToken cancellationToken) =>
        _context.Console.Live(first).StartAsync(async live =>
        {
            var last = first;
            live.Refresh();
            while (true)
            {
                await Task.Delay(period, _context.Time, cancellationToken);
                try
                {
                    last = View((await client.ReadAsync(cancellationToken)).Status, target);
                    live.UpdateTarget(last);
                }
                catch (CommandException e)
                {
                    // A gateway that restarts comes back; until then the last picture, and why there is no newer one.
                    live.UpdateTarget(new Rows(last, new Text(e.Message, new Style(Color.Red))));
                }
            }
        });

    private TimeSpan? Period(ParseResult parsed) => parsed.GetResult(_watch) is { Implicit: false } ? parsed.GetValue(_watch) : null;

    private IRenderable View(ClusterStatus status, GatewayTarget target) => ClusterView.Create(status, target.Url, _context.Time.GetUtcNow());

    private static string OneLine(byte[] json)
    {
        using var line = new MemoryStream();
        using (var writer = new Utf8JsonWriter(line))
        using (var document = JsonDocument.Parse(json))
        {
            document.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
    }
}
