namespace Dinov2Cluster.Imaging.Decoding.Bmp;

/// <summary>Opens BMP files, which libvips reads only through ImageMagick. Follows Pillow's <c>BmpImagePlugin</c> in what it takes and how.</summary>
internal static class BmpDecoder
{
    public static PixelReader Open(ReadOnlyMemory<byte> file, long maxPixels)
    {
        var bytes = file.Span;
        var header = BmpHeader.Parse(bytes);
        ImageDecoder.CheckSize(header.Width, header.Height, maxPixels);
        if (header.BitsPerPixel > 8)
        {
            return new BmpDirectReader(header, BmpMasks.Read(bytes, header), BmpRows.Create(header, file));
        }

        var palette = ReadPalette(bytes, header);
        if (header.Compression == BmpCompression.Rgb)
        {
            return new BmpIndexedReader(header, palette, BmpRows.Create(header, file));
        }

        return new IndexedPixelReader(header.Width, header.Height, BmpRunLength.Decode(header, bytes[header.PixelOffset..]), palette);
    }

    private static IndexedPalette ReadPalette(ReadOnlySpan<byte> file, BmpHeader header)
    {
        var length = header.PaletteColors * header.PaletteEntryBytes;
        if (file.Length - header.PaletteOffset < length)
        {
            throw new ImageException(ImageErrorKind.Corrupt);
        }

        return new IndexedPalette(file.Slice(header.PaletteOffset, length), header.PaletteEntryBytes, blueFirst: true);
    }
}
