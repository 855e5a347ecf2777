using System.Buffers.Binary;

namespace Dinov2Cluster.Imaging.Tests.Decoding;

/// <summary>Writes uncompressed little-endian TIFF files of one strip from their definition.</summary>
internal static class TestTiff
{
    public const ushort WhiteIsZero = 0;
    public const ushort BlackIsZero = 1;
    public const ushort Rgb = 2;
    public const ushort Palette = 3;
    public const ushort Cmyk = 5;

    public const ushort SampleFormatFloat = 3;

    private const ushort Short = 3;
    private const ushort Long = 4;

    public static byte[] Write(
        int width,
        int height,
        ushort bits,
        ushort photometric,
        int samples,
        byte[] pixels,
        ushort orientation = 1,
        ushort sampleFormat = 1,
        ushort[]? colorMap = null)
    {
        var entries = new List<(ushort Tag, ushort Type, uint[] Values)>
        {
            (256, Long, [(uint)width]),
            (257, Long, [(uint)height]),
            (258, Short, [.. Enumerable.Repeat<uint>(bits, samples)]),
            (259, Short, [1]),
            (262, Short, [photometric]),
            (273, Long, [0]),
            (274, Short, [orientation]),
            (277, Short, [(uint)samples]),
            (278, Long, [(uint)height]),
            (279, Long, [(uint)pixels.Length]),
        };
        if (colorMap is not null)
        {
            entries.Add((320, Short, [.. colorMap.Select(value => (uint)value)]));
        }

        entries.Add((339, Short, [.. Enumerable.Repeat<uint>(sampleFormat, samples)]));

        var directoryEnd = 8 + 2 + (entries.Count * 12) + 4;
        var valuesLength = entries.Sum(entry => OutOfLine(entry.Type, entry.Values));
        var file = new byte[directoryEnd + valuesLength + pixels.Length];
        "II*\0"u8.CopyTo(file);
        file[4] = 8;
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), (ushort)entries.Count);
        var values = directoryEnd;
        for (var index = 0; index < entries.Count; index++)
        {
            var (tag, type, numbers) = entries[index];
            if (tag == 273)
            {
                numbers = [(uint)(directoryEnd + valuesLength)];
            }

            var entry = file.AsSpan(10 + (index * 12));
            BinaryPrimitives.WriteUInt16LittleEndian(entry, tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], type);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], numbers.Length);
            var outOfLine = OutOfLine(type, numbers);
            if (outOfLine > 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(entry[8..], values);
            }

            WriteNumbers(outOfLine > 0 ? file.AsSpan(values) : entry[8..], type, numbers);
            values += outOfLine;
        }

        pixels.CopyTo(file, directoryEnd + valuesLength);
        return file;
    }

    private static int Size(ushort type) => type == Short ? 2 : 4;

    private static int OutOfLine(ushort type, uint[] values) => values.Length * Size(type) > 4 ? values.Length * Size(type) : 0;

    private static void WriteNumbers(Span<byte> target, ushort type, uint[] numbers)
    {
        foreach (var number in numbers)
        {
            if (type == Short)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)number);
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(target, number);
            }

            target = target[Size(type)..];
        }
    }
}
