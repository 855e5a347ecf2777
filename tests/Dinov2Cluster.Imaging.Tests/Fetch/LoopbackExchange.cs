using System.Globalization;
using System.Text;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

/// <summary>One request that a <see cref="LoopbackServer"/> got, and the raw stream to answer it on.</summary>
internal sealed class LoopbackExchange(string head, Stream stream, CancellationToken closing)
{
    /// <summary>The request's target.</summary>
    public string Path { get; } = head.Split(' ')[1];

    /// <summary>Canceled when the server closes.</summary>
    public CancellationToken Closing { get; } = closing;

    /// <summary>Set to end the connection after this answer.</summary>
    public bool IsLast { get; set; }

    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    public async Task WriteAsync(byte[] bytes)
    {
        await stream.WriteAsync(bytes, Closing);
        await stream.FlushAsync(Closing);
    }

    public async Task OkAsync(byte[] body)
    {
        await WriteAsync(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n"));
        await WriteAsync(body);
    }

    public Task RedirectAsync(string location, int status = 302) =>
        WriteAsync(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"));

    /// <summary>Waits until the server closes.</summary>
    public Task HangAsync() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, Closing);
}
