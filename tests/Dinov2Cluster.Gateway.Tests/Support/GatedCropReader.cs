using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>
/// The text of a row decides what happens: "wait..." waits before the image is there, "hold..." while it is decoded, "...bad" and "...bug" fail. The text
/// is both the encoded image and the start of the crop.
/// </summary>
internal sealed class GatedCropReader : ICropReader
{
    private readonly Dictionary<string, TaskCompletionSource> _started = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskCompletionSource> _released = new(StringComparer.Ordinal);
    private int _reads;

    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Completes when the row's reading began; that of "hold..." when its decoding did.</summary>
    public Task Started(string text) => Gate(_started, text).Task;

    /// <summary>Lets a row whose text starts with "wait" or "hold" go on.</summary>
    public void Release(string text) => Gate(_released, text).TrySetResult();

    public async Task<LoadedImage> ReadAsync(ImageInput image, ServedModel model, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        var text = Text(image.Bytes);
        if (!text.StartsWith("hold", StringComparison.Ordinal))
        {
            Gate(_started, text).TrySetResult();
        }

        if (text.StartsWith("wait", StringComparison.Ordinal))
        {
            await Gate(_released, text).Task.WaitAsync(cancellationToken);
        }

        return new(image.Bytes, ImageInputKind.Encoded);
    }

    public async ValueTask DecodeAsync(LoadedImage source, ServedModel model, Memory<byte> crop, CancellationToken cancellationToken)
    {
        var text = Text(source.Bytes);
        if (text.StartsWith("hold", StringComparison.Ordinal))
        {
            Gate(_started, text).TrySetResult();
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

        crop.Span.Clear();
        source.Bytes.CopyTo(crop);
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes.Span);

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
