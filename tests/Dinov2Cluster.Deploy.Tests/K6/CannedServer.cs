using System.Globalization;
using System.Net;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>A server on loopback that answers with what a test says, in turn; the last answer stays.</summary>
internal sealed class CannedServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Queue<CannedAnswer> _answers;
    private readonly Task _loop;

    public CannedServer(params CannedAnswer[] answers)
    {
        _answers = new(answers);
        Address = "http://127.0.0.1:" + FreePort.Take(1)[0].ToString(CultureInfo.InvariantCulture) + "/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _loop = ServeAsync();
    }

    public string Address { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var answer = _answers.Count > 1 ? _answers.Dequeue() : _answers.Peek();
            await context.Request.InputStream.CopyToAsync(Stream.Null);
            context.Response.StatusCode = answer.Status;
            foreach (var (name, value) in answer.Headers)
            {
                context.Response.Headers[name] = value;
            }

            await context.Response.OutputStream.WriteAsync(answer.Body);
            context.Response.Close();
        }
    }
}
