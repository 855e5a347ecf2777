using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

/// <summary>A raw HTTP server: the test writes every byte of its answers.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly Func<LoopbackExchange, Task> _respond;
    private readonly Func<Stream, Task<Stream>> _wrap;
    private readonly Task _accepting;
    private int _connections;

    public LoopbackServer(Func<LoopbackExchange, Task> respond, Func<Stream, Task<Stream>>? wrap = null)
    {
        _respond = respond;
        _wrap = wrap ?? Task.FromResult;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public int Connections => Volatile.Read(ref _connections);

    public IReadOnlyCollection<string> Heads => _heads;

    public string Url(string path) => $"http://127.0.0.1:{Port}{path}";

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_closing.Token);
                Interlocked.Increment(ref _connections);
                serving.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await using var stream = await _wrap(client.GetStream());
                while (await ReadHeadAsync(stream) is { } head)
                {
                    _heads.Enqueue(head);
                    var exchange = new LoopbackExchange(head, stream, _closing.Token);
                    await _respond(exchange);
                    if (exchange.IsLast)
                    {
                        return;
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The client closed the connection, as many tests expect.
        }
    }

    private async Task<string?> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _closing.Token) == 1)
        {
            head.Append((char)one[0]);
            if (one[0] == '\n' && head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                return head.ToString();
            }
        }

        return null;
    }
}
