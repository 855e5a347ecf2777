namespace Dinov2Cluster.Imaging.Tests.Preprocessing;

/// <summary>The resize by its definition: the whole image, both passes, one multiplication at a time, then the crop.</summary>
internal static class NaiveResize
{
    public static byte[] Crop(byte[] rgb, int width, int height, int shortestEdge, int cropSize)
    {
        var (newWidth, newHeight) = width <= height
            ? (shortestEdge, (int)((double)shortestEdge * height / width))
            : ((int)((double)shortestEdge * width / height), shortestEdge);
        var wide = Pass(rgb, count: height, width, newWidth, outer: width * 3, step: 3, newOuter: newWidth * 3, lanes: 3);
        var whole = Pass(wide, count: 1, height, newHeight, outer: 0, step: newWidth * 3, newOuter: 0, lanes: newWidth * 3);

        var (left, top) = ((newWidth - cropSize) / 2, (newHeight - cropSize) / 2);
        var rows = Enumerable.Range(top, cropSize).Select(y => whole.AsMemory(((y * newWidth) + left) * 3, cropSize * 3));
        return [.. rows.SelectMany(row => row.ToArray())];
    }

    private static byte[] Pass(byte[] input, int count, int size, int newSize, int outer, int step, int newOuter, int lanes)
    {
        if (size == newSize)
        {
            return input;
        }

        var output = new byte[count == 1 ? newSize * step : count * newOuter];
        var scale = (double)size / newSize;
        var filterScale = Math.Max(scale, 1);
        var support = 2 * filterScale;
        for (var x = 0; x < newSize; x++)
        {
            var center = (x + 0.5) * scale;
            var first = Math.Max(0, (int)(center - support + 0.5));
            var end = Math.Min(size, (int)(center + support + 0.5));
            var exact = Enumerable.Range(first, end - first).Select(i => Bicubic((i - center + 0.5) * (1 / filterScale))).ToArray();
            var sum = 0.0;
            foreach (var weight in exact)
            {
                sum += weight;
            }

            var weights = exact.Select(weight => (int)Math.Round(weight / sum * (1 << 22), MidpointRounding.AwayFromZero)).ToArray();
            for (var line = 0; line < count; line++)
            {
                for (var lane = 0; lane < lanes; lane++)
                {
                    var total = 1 << 21;
                    for (var tap = 0; tap < weights.Length; tap++)
                    {
                        total += weights[tap] * input[(line * outer) + ((first + tap) * step) + lane];
                    }

                    output[(line * newOuter) + (x * step) + lane] = (byte)Math.Clamp(total >> 22, 0, 255);
                }
            }
        }

        return output;
    }

    // Keys, "Cubic convolution interpolation for digital image processing" (1981), a = -0.5.
    private static double Bicubic(double x)
    {
        x = Math.Abs(x);
        return x < 1 ? (((1.5 * x) - 2.5) * x * x) + 1 : x < 2 ? ((((x - 5) * x) + 8) * x - 4) * -0.5 : 0;
    }
}
