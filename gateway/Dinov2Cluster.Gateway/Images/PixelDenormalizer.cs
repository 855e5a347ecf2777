using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Images;

/// <summary>
/// float32 <c>[3, S, S]</c> to uint8 <c>[S, S, 3]</c>: each pixel is <c>round((value * StandardDeviation + Mean) / RescaleFactor)</c>, as one
/// multiplication and one addition. The error of float32 is at most a thousandth of a step, so rounding gives the exact pixel.
/// </summary>
internal readonly struct PixelDenormalizer(PixelNormalization normalization)
{
    // Half a step around the range of a byte.
    private const float Lowest = -0.5f;
    private const float Highest = 255.5f;

    // Selects zero.
    private const byte Z = 255;

    private readonly (float Scale, float Offset) _red = Channel(normalization.StandardDeviation.Red, normalization.Mean.Red, normalization.RescaleFactor);
    private readonly (float Scale, float Offset) _green = Channel(normalization.StandardDeviation.Green, normalization.Mean.Green, normalization.RescaleFactor);
    private readonly (float Scale, float Offset) _blue = Channel(normalization.StandardDeviation.Blue, normalization.Mean.Blue, normalization.RescaleFactor);

    /// <summary>Makes a crop.</summary>
    /// <param name="planes">As many values as <paramref name="crop"/> has bytes, a multiple of 3.</param>
    /// <param name="crop">Receives the pixels; undefined when the result is false.</param>
    /// <returns>False when a value is not a number, or more than half a step outside 0 to 255.</returns>
    public bool TryUndo(ReadOnlySpan<float> planes, Span<byte> crop)
    {
        var pixels = crop.Length / 3;
        var red = planes[..pixels];
        var green = planes.Slice(pixels, pixels);
        var blue = planes.Slice(2 * pixels, pixels);
        var good = Vector128<float>.AllBitsSet;
        var i = 0;
        for (; i + 16 <= pixels; i += 16)
        {
            Interleave(Pixels(red[i..], _red, ref good), Pixels(green[i..], _green, ref good), Pixels(blue[i..], _blue, ref good), crop[(3 * i)..]);
        }

        var isGood = good.AsUInt32() == Vector128<uint>.AllBitsSet;
        for (; i < pixels && isGood; i++)
        {
            isGood = TryPixel(red[i], _red, out crop[3 * i])
                & TryPixel(green[i], _green, out crop[(3 * i) + 1])
                & TryPixel(blue[i], _blue, out crop[(3 * i) + 2]);
        }

        return isGood;
    }

    private static (float Scale, float Offset) Channel(double deviation, double mean, double rescale) => ((float)(deviation / rescale), (float)(mean / rescale));

    private static bool TryPixel(float value, (float Scale, float Offset) channel, out byte pixel)
    {
        var step = (value * channel.Scale) + channel.Offset;
        var isGood = step is >= Lowest and <= Highest;
        pixel = isGood ? (byte)Math.Clamp(MathF.Round(step), 0, 255) : (byte)0;
        return isGood;
    }

    // 16 pixels of a channel.
    private static Vector128<byte> Pixels(ReadOnlySpan<float> plane, (float Scale, float Offset) channel, ref Vector128<float> good)
    {
        ref var first = ref MemoryMarshal.GetReference(plane[..16]);
        return Vector128.Narrow(
            Vector128.Narrow(Steps(Vector128.LoadUnsafe(ref first), channel, ref good), Steps(Vector128.LoadUnsafe(ref first, 4), channel, ref good)),
            Vector128.Narrow(Steps(Vector128.LoadUnsafe(ref first, 8), channel, ref good), Steps(Vector128.LoadUnsafe(ref first, 12), channel, ref good)));
    }

    private static Vector128<uint> Steps(Vector128<float> values, (float Scale, float Offset) channel, ref Vector128<float> good)
    {
        var steps = (values * channel.Scale) + Vector128.Create(channel.Offset);
        // Both are false for NaN.
        good &= Vector128.GreaterThanOrEqual(steps, Vector128.Create(Lowest)) & Vector128.LessThanOrEqual(steps, Vector128.Create(Highest));
        var whole = Vector128.ConvertToInt32(Vector128.Round(steps));
        return Vector128.Min(Vector128.Max(whole, Vector128<int>.Zero), Vector128.Create(255)).AsUInt32();
    }

    private static void Interleave(Vector128<byte> red, Vector128<byte> green, Vector128<byte> blue, Span<byte> crop)
    {
        var first = Vector128.Shuffle(red, Vector128.Create(0, Z, Z, 1, Z, Z, 2, Z, Z, 3, Z, Z, 4, Z, Z, 5))
            | Vector128.Shuffle(green, Vector128.Create(Z, 0, Z, Z, 1, Z, Z, 2, Z, Z, 3, Z, Z, 4, Z, Z))
            | Vector128.Shuffle(blue, Vector128.Create(Z, Z, 0, Z, Z, 1, Z, Z, 2, Z, Z, 3, Z, Z, 4, Z));
        var second = Vector128.Shuffle(red, Vector128.Create(Z, Z, 6, Z, Z, 7, Z, Z, 8, Z, Z, 9, Z, Z, 10, Z))
            | Vector128.Shuffle(green, Vector128.Create(5, Z, Z, 6, Z, Z, 7, Z, Z, 8, Z, Z, 9, Z, Z, 10))
            | Vector128.Shuffle(blue, Vector128.Create(Z, 5, Z, Z, 6, Z, Z, 7, Z, Z, 8, Z, Z, 9, Z, Z));
        var third = Vector128.Shuffle(red, Vector128.Create(Z, 11, Z, Z, 12, Z, Z, 13, Z, Z, 14, Z, Z, 15, Z, Z))
            | Vector128.Shuffle(green, Vector128.Create(Z, Z, 11, Z, Z, 12, Z, Z, 13, Z, Z, 14, Z, Z, 15, Z))
            | Vector128.Shuffle(blue, Vector128.Create(10, Z, Z, 11, Z, Z, 12, Z, Z, 13, Z, Z, 14, Z, Z, 15));
        first.CopyTo(crop);
        second.CopyTo(crop[16..]);
        third.CopyTo(crop[32..]);
    }
}
