using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Decoding;
using Dinov2Cluster.Imaging.Preprocessing;
using Dinov2Cluster.Imaging.Sources;
using Dinov2Cluster.TestSupport;
using NetVips;

namespace Dinov2Cluster.Benchmarks.Imaging;

/// <summary>
/// What an image costs before it reaches the model: milliseconds of CPU per 640x427 JPEG for base64, decoding
/// and resizing. Prints one line of JSON.
/// </summary>
public static class ImagingBenchmark
{
    private const int Width = 640;
    private const int Height = 427;
    // The optimising compiler works beside the first rounds, and its time would count.
    private const int WarmUpRounds = 300;

    /// <param name="rounds">Images per measurement.</param>
    /// <returns>0.</returns>
    public static int Run(int rounds = 500)
    {
        var preprocessor = new ImagePreprocessor(new ImagingOptions());
        using var photograph = Image.NewFromFile(GoldenData.Image("coffee-420.jpg"));
        using var scaled = photograph.Resize(Width / (double)photograph.Width, vscale: Height / (double)photograph.Height);
        var jpeg = scaled.JpegsaveBuffer(q: 90);
        using var decoded = new MemoryPixelReader(scaled.Width, scaled.Height, scaled.WriteToMemory<byte>());
        var base64 = Encoding.ASCII.GetBytes(Convert.ToBase64String(jpeg));
        var wrapped = Encoding.ASCII.GetBytes(Convert.ToBase64String(jpeg, Base64FormattingOptions.InsertLineBreaks));
        var crop = new byte[preprocessor.CropBytes];

        var resizer = new CropResizer(new ImagingOptions().ShortestEdge, new ImagingOptions().CropSize);
        var result = new Dictionary<string, object>
        {
            ["benchmark"] = "imaging",
            ["width"] = scaled.Width,
            ["height"] = scaled.Height,
            ["jpeg_bytes"] = jpeg.Length,
            ["base64_ms"] = Measure(rounds, () => ImageString.Decode(base64, int.MaxValue).Dispose()),
            ["base64_wrapped_ms"] = Measure(rounds, () => ImageString.Decode(wrapped, int.MaxValue).Dispose()),
            ["decode_ms"] = Measure(rounds, () => Decode(jpeg)),
            ["resize_ms"] = Measure(rounds, () => resizer.Resize(decoded, crop, CancellationToken.None)),
            ["decode_and_resize_ms"] = Measure(rounds, () => preprocessor.Preprocess(jpeg, crop)),
            ["allocated_bytes"] = Allocated(rounds, () => preprocessor.Preprocess(jpeg, crop)),
        };
        Console.WriteLine(JsonSerializer.Serialize(result));
        return 0;
    }

    private static void Decode(byte[] jpeg)
    {
        using var pixels = ImageDecoder.Open(jpeg, maxPixels: long.MaxValue);
        Span<byte> row = stackalloc byte[Width * 3];
        for (var y = 0; y < pixels.Height; y++)
        {
            pixels.ReadRow(y, 0, row);
        }
    }

    private static double Measure(int rounds, Action action)
    {
        Repeat(WarmUpRounds, action);
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        Repeat(rounds, action);
        process.Refresh();
        return Math.Round((process.TotalProcessorTime - before).TotalMilliseconds / rounds, 4);
    }

    private static long Allocated(int rounds, Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Repeat(rounds, action);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / rounds;
    }

    private static void Repeat(int rounds, Action action)
    {
        for (var round = 0; round < rounds; round++)
        {
            action();
        }
    }
}
