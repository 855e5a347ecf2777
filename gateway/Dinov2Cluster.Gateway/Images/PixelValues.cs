using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Images;

/// <summary>Makes the crop of an image that its client has already normalized.</summary>
internal static class PixelValues
{
    // First characters of JSON numbers.
    private static readonly SearchValues<byte> _numberStarts = SearchValues.Create("-0123456789"u8);

    /// <summary>Undoes the normalization: exact for the output of the checkpoint's own preprocessor on uint8 pixels.</summary>
    /// <param name="image">A <see cref="ImageInputKind.PixelValues"/> or <see cref="ImageInputKind.JsonPixelValues"/>.</param>
    /// <param name="normalization">The normalization to undo.</param>
    /// <param name="crop">Receives uint8 [size, size, 3].</param>
    /// <exception cref="ImageException"><see cref="ImageErrorKind.WrongSize"/>, or <see cref="ImageErrorKind.NotNormalized"/>.</exception>
    public static void ToCrop(ImageInput image, PixelNormalization normalization, Span<byte> crop)
    {
        if (image.Kind == ImageInputKind.PixelValues)
        {
            // Little-endian, like every supported machine.
            Undo(image.Bytes.Span, normalization, crop);
            return;
        }

        using var parsed = PooledBuffer.Rent(crop.Length * sizeof(float));
        Parse(image.Bytes.Span, MemoryMarshal.Cast<byte, float>(parsed.Writable.Span));
        Undo(parsed.Memory.Span, normalization, crop);
    }

    private static void Undo(ReadOnlySpan<byte> values, PixelNormalization normalization, Span<byte> crop)
    {
        if (values.Length != crop.Length * sizeof(float))
        {
            throw new ImageException(ImageErrorKind.WrongSize);
        }

        if (!new PixelDenormalizer(normalization).TryUndo(MemoryMarshal.Cast<byte, float>(values), crop))
        {
            throw new ImageException(ImageErrorKind.NotNormalized);
        }
    }

    private static void Parse(ReadOnlySpan<byte> json, Span<float> values)
    {
        var count = 0;
        for (var start = json.IndexOfAny(_numberStarts); start >= 0; start = json.IndexOfAny(_numberStarts))
        {
            json = json[start..];
            if (count == values.Length)
            {
                throw new ImageException(ImageErrorKind.WrongSize);
            }

            // An exponent that is too large for a float fails here, or gives an infinity, which is not a pixel.
            if (!Utf8Parser.TryParse(json, out values[count++], out int used))
            {
                throw new ImageException(ImageErrorKind.NotNormalized);
            }

            json = json[used..];
        }

        if (count != values.Length)
        {
            throw new ImageException(ImageErrorKind.WrongSize);
        }
    }
}
