using Dinov2Cluster.Imaging.Decoding;

namespace Dinov2Cluster.Imaging.Resizing;

/// <summary>
/// Resizes an image's shorter edge and cuts the centre out, row by row while it is decoded. Only what the crop needs is computed,
/// and only the crop-wide rows between the two passes are held, so a large image costs no large buffer here.
/// </summary>
internal sealed class CropResizer(int shortestEdge, int cropSize)
{
    // A row of an extreme image can be longer than is worth decoding past a cancelled request.
    private const int RowsPerCancellationCheck = 64;

    /// <param name="pixels">The image.</param>
    /// <param name="crop">uint8, row-major [cropSize, cropSize, 3], RGB.</param>
    /// <param name="cancellationToken">Looked at between rows.</param>
    public void Resize(PixelReader pixels, Span<byte> crop, CancellationToken cancellationToken)
    {
        var geometry = CropGeometry.Create(pixels.Width, pixels.Height, shortestEdge, cropSize);
        using var columns = ResampleAxis.Create(pixels.Width, geometry.Width, geometry.Left, cropSize);
        using var columnWeights = SplitWeights.TryCreate(columns);
        using var rows = ResampleAxis.Create(pixels.Height, geometry.Height, geometry.Top, cropSize);

        var stride = HorizontalPass.OutputLength(columns);
        using var row = PooledBuffer.Rent(HorizontalPass.RowLength(columns));
        using var between = PooledBuffer.Rent(checked(rows.Count * stride));
        var rowBytes = row.Writable.Span;
        var betweenBytes = between.Writable.Span;
        for (var y = 0; y < rows.Count; y++)
        {
            if (y % RowsPerCancellationCheck == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            pixels.ReadRow(rows.First + y, columns.First, rowBytes[..(columns.Count * HorizontalPass.Channels)]);
            HorizontalPass.Apply(columns, columnWeights, rowBytes, betweenBytes.Slice(y * stride, stride));
        }

        pixels.Finish();
        VerticalPass.Apply(rows, betweenBytes, stride, crop);
    }
}
