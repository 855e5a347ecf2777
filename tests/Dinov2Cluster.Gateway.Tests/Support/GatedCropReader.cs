using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Rows are what their text says: a number to wait for, or "bad".</summary>
internal sealed class GatedCropReader : ICropReader
{
    private readonly Dictionary<string, TaskCompletionSource> _started = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskCompletionSource> _released = new(StringComparer.Ordinal);
    private int _reads;

    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Completes when the row's reading began.</summary>
    public Task Started(string text) => Gate(_started, text).Task;

    /// <summary>Lets a row whose text starts with "wait" go on.</summary>
    public void Release(string text) => Gate(_released, text).TrySetResult();

    public async Task ReadAsync(ImageText image, ServedModel model, Memory<byte> crop, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        var text = System.Text.Encoding.UTF8.GetString(image.Utf8.Span);
        Gate(_started, text).TrySetResult();
        if (text.StartsWith("wait", StringComparison.Ordinal))
        {
            await Gate(_released, text).Task.WaitAsync(cancellationToken);
        }

        if (text.EndsWith("bad", StringComparison.Ordinal))
        {
            throw new ImageException(ImageErrorKind.Corrupt);
        }

        if (text.EndsWith("bug", StringComparison.Ordinal))
        {
            throw new InvalidDataException("0x7fff1234 secret");
        }

        crop.Span.Fill((byte)text.Length);
    }

    private static TaskCompletionSource Gate(Dictionary<string, TaskCompletionSource> gates, string text)
    {
        lock (gates)
        {
            if (!gates.TryGetValue(text, out var gate))
            {
                gates[text] = gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return gate;
        }
    }
}
