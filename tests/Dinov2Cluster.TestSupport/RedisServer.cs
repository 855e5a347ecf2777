using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.TestSupport;

/// <summary>A Redis server of its own on a free loopback port, that keeps nothing on disk: a restart forgets everything.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    /// <summary>Why a test that needs the server is skipped.</summary>
    public const string NotInstalled = "redis-server is not installed.";

    private static readonly TimeSpan _pollPeriod = TimeSpan.FromMilliseconds(20);
    private static readonly string? _program = FindProgram();

    private readonly string _directory = Directory.CreateTempSubdirectory("dinov2-redis-").FullName;
    private readonly int _port = FreePort.Take(1)[0];
    private Process? _process;

    private RedisServer()
    {
    }

    /// <summary>True where <c>redis-server</c> is on the path.</summary>
    public static bool IsInstalled => _program is not null;

    /// <summary>Where it listens, as the setting <c>Cluster:Redis</c>.</summary>
    public string Configuration => FormattableString.Invariant($"127.0.0.1:{_port}");

    /// <summary>Starts a server and waits until it answers.</summary>
    public static async Task<RedisServer> StartAsync(CancellationToken cancellationToken)
    {
        var server = new RedisServer();
        try
        {
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the server; nobody answers on its port then.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Starts an empty server on the same port, and waits until it answers.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(_program ?? throw new InvalidOperationException(NotInstalled))
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _directory,
        };
        string[] arguments =
        [
            "--bind", "127.0.0.1", "--port", _port.ToString(CultureInfo.InvariantCulture), "--save", "", "--appendonly", "no", "--dir", _directory,
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.BeginOutputReadLine();
        while (!await AnswersAsync(cancellationToken))
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"redis-server ended with {_process.ExitCode}.");
            }

            await Task.Delay(_pollPeriod, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, _port, cancellationToken);
            var stream = client.GetStream();
            // https://redis.io/docs/latest/commands/ping/, as an inline command.
            await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
            var answer = new byte[5];
            await stream.ReadExactlyAsync(answer, cancellationToken);
            return answer.AsSpan().SequenceEqual("+PONG"u8);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }

    private static string? FindProgram() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, "redis-server"))
            .FirstOrDefault(File.Exists);
}
