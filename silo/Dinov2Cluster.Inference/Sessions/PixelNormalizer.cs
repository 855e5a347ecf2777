using System.Runtime.Intrinsics;
using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>
/// uint8 <c>[S, S, 3]</c> to float32 <c>[3, S, S]</c>, each channel (x * rescale - mean) / std, as one multiplication and one addition. Only exports that
/// don't normalize need it.
/// </summary>
internal sealed class PixelNormalizer
{
    private readonly float[] _scale = new float[3];
    private readonly float[] _offset = new float[3];

    public PixelNormalizer(PreprocessorConfig preprocessing)
    {
        for (var channel = 0; channel < 3; channel++)
        {
            _scale[channel] = (float)(preprocessing.RescaleFactor / preprocessing.StandardDeviation[channel]);
            _offset[channel] = (float)(-preprocessing.Mean[channel] / preprocessing.StandardDeviation[channel]);
        }
    }

    public void Normalize(ReadOnlySpan<byte> crop, Span<float> planes)
    {
        var pixels = crop.Length / 3;
        var red = planes[..pixels];
        var green = planes.Slice(pixels, pixels);
        var blue = planes.Slice(2 * pixels, pixels);
        var i = 0;
        for (; i + 16 <= pixels; i += 16)
        {
            // 16 pixels are three vectors; each channel is every third byte of them. An index past 15 selects zero.
            var v0 = Vector128.Create(crop.Slice(i * 3, 16));
            var v1 = Vector128.Create(crop.Slice((i * 3) + 16, 16));
            var v2 = Vector128.Create(crop.Slice((i * 3) + 32, 16));
            const byte Z = 255;
            Store(
                Vector128.Shuffle(v0, Vector128.Create(0, 3, 6, 9, 12, 15, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z))
                | Vector128.Shuffle(v1, Vector128.Create(Z, Z, Z, Z, Z, Z, 2, 5, 8, 11, 14, Z, Z, Z, Z, Z))
                | Vector128.Shuffle(v2, Vector128.Create(Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, 1, 4, 7, 10, 13)),
                0,
                red[i..]);
            Store(
                Vector128.Shuffle(v0, Vector128.Create(1, 4, 7, 10, 13, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z))
                | Vector128.Shuffle(v1, Vector128.Create(Z, Z, Z, Z, Z, 0, 3, 6, 9, 12, 15, Z, Z, Z, Z, Z))
                | Vector128.Shuffle(v2, Vector128.Create(Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, 2, 5, 8, 11, 14)),
                1,
                green[i..]);
            Store(
                Vector128.Shuffle(v0, Vector128.Create(2, 5, 8, 11, 14, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z))
                | Vector128.Shuffle(v1, Vector128.Create(Z, Z, Z, Z, Z, 1, 4, 7, 10, 13, Z, Z, Z, Z, Z, Z))
                | Vector128.Shuffle(v2, Vector128.Create(Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, 0, 3, 6, 9, 12, 15)),
                2,
                blue[i..]);
        }

        for (; i < pixels; i++)
        {
            red[i] = (crop[i * 3] * _scale[0]) + _offset[0];
            green[i] = (crop[(i * 3) + 1] * _scale[1]) + _offset[1];
            blue[i] = (crop[(i * 3) + 2] * _scale[2]) + _offset[2];
        }
    }

    private void Store(Vector128<byte> values, int channel, Span<float> plane)
    {
        var scale = Vector128.Create(_scale[channel]);
        var offset = Vector128.Create(_offset[channel]);
        var (low, high) = Vector128.Widen(values);
        var (w0, w1) = Vector128.Widen(low);
        var (w2, w3) = Vector128.Widen(high);
        ((Vector128.ConvertToSingle(w0) * scale) + offset).CopyTo(plane);
        ((Vector128.ConvertToSingle(w1) * scale) + offset).CopyTo(plane[4..]);
        ((Vector128.ConvertToSingle(w2) * scale) + offset).CopyTo(plane[8..]);
        ((Vector128.ConvertToSingle(w3) * scale) + offset).CopyTo(plane[12..]);
    }
}
