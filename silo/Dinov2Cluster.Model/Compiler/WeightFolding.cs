using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>The algebra that moves work from every inference to the compilation.</summary>
internal static class WeightFolding
{
    private const int Channels = Dinov2Config.Channels;

    // Small enough for tiles of both matrices to stay in the first-level cache.
    private const int Tile = 32;

    /// <summary>
    /// Turns a PyTorch linear weight [outputs, inputs] into a row-major [inputs, outputs] matrix:
    /// <c>destination[i, o] = weight[o, i] * scale[o]</c>. A LayerScale after the layer is such a scale; empty means none.
    /// </summary>
    public static void Transpose(ReadOnlySpan<float> weight, int outputs, int inputs, ReadOnlySpan<float> scale, Span<float> destination)
    {
        for (var rowTile = 0; rowTile < outputs; rowTile += Tile)
        {
            var rowEnd = Math.Min(rowTile + Tile, outputs);
            for (var columnTile = 0; columnTile < inputs; columnTile += Tile)
            {
                var columnEnd = Math.Min(columnTile + Tile, inputs);
                for (var i = columnTile; i < columnEnd; i++)
                {
                    var row = destination.Slice(i * outputs, outputs);
                    for (var o = rowTile; o < rowEnd; o++)
                    {
                        var value = weight[(o * inputs) + i];
                        row[o] = scale.IsEmpty ? value : value * scale[o];
                    }
                }
            }
        }
    }

    /// <summary>
    /// Turns the patch convolution over normalized RGB into a matrix over raw pixels. With <c>x = (pixel * rescale - mean) / std</c>,
    /// <c>W x + b = W' (pixel - zeroPoint) + b'</c> where <c>W' = W * rescale / std</c> and <c>b' = b + W (zeroPoint * rescale - mean) / std</c>.
    /// </summary>
    /// <param name="weight">PyTorch convolution weight [outputs, 3, patch, patch].</param>
    /// <param name="bias">[outputs], replaced by b'.</param>
    /// <param name="patch">Patch side in pixels.</param>
    /// <param name="preprocessing">Rescale factor, mean and standard deviation.</param>
    /// <param name="zeroPoint">Pixel value that the graph subtracts before it multiplies.</param>
    /// <param name="destination">W', row-major [patch * patch * 3, outputs]: rows in the order of an RGB patch's bytes.</param>
    public static void FoldNormalization(
        ReadOnlySpan<float> weight, Span<float> bias, int patch, PreprocessorConfig preprocessing, int zeroPoint, Span<float> destination)
    {
        var outputs = bias.Length;
        var area = patch * patch;
        for (var o = 0; o < outputs; o++)
        {
            var offset = (double)bias[o];
            for (var channel = 0; channel < Channels; channel++)
            {
                var scale = preprocessing.RescaleFactor / preprocessing.StandardDeviation[channel];
                var shift = ((zeroPoint * preprocessing.RescaleFactor) - preprocessing.Mean[channel]) / preprocessing.StandardDeviation[channel];
                var kernel = weight.Slice(((o * Channels) + channel) * area, area);
                for (var pixel = 0; pixel < area; pixel++)
                {
                    destination[(((pixel * Channels) + channel) * outputs) + o] = (float)(kernel[pixel] * scale);
                    offset += kernel[pixel] * shift;
                }
            }

            bias[o] = (float)offset;
        }
    }

    /// <summary>Quantizes a row-major [rows, columns] matrix to signed 8 bits, symmetrically and per column: <c>weight = quantized * scale[column]</c>.</summary>
    public static void QuantizeColumns(ReadOnlySpan<float> weight, int columns, Span<sbyte> quantized, Span<float> scales)
    {
        scales.Clear();
        for (var row = 0; row < weight.Length; row += columns)
        {
            for (var column = 0; column < columns; column++)
            {
                scales[column] = Math.Max(scales[column], Math.Abs(weight[row + column]));
            }
        }

        for (var column = 0; column < columns; column++)
        {
            // A column of zeros quantizes to zeros whatever its scale. So does a column whose scale would be subnormal: too coarse to divide by.
            var scale = scales[column] / sbyte.MaxValue;
            scales[column] = float.IsNormal(scale) ? scale : 1;
        }

        for (var row = 0; row < weight.Length; row += columns)
        {
            for (var column = 0; column < columns; column++)
            {
                quantized[row + column] = (sbyte)MathF.Round(weight[row + column] / scales[column]);
            }
        }
    }
}
