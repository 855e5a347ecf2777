using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Dinov2Cluster.Imaging.Sources;

/// <summary>
/// Base64 by the rules of Python's <c>base64.b64decode(str)</c> (not strict): characters outside the alphabet are dropped,
/// padding must be correct, and everything after the padding is ignored. In addition, <c>-</c> and <c>_</c> stand for <c>+</c> and
/// <c>/</c>, and a text without any <c>=</c> needs no padding.
/// </summary>
/// <remarks>The padding rules are those of CPython's <c>binascii.a2b_base64</c>.</remarks>
internal static class TolerantBase64
{
    private const byte Padding = (byte)'=';
    private const byte Outside = 0xFF;
    private static readonly byte[] _alphabet = MakeAlphabet();

    public static PooledBuffer Decode(ReadOnlySpan<byte> text, int maxBytes)
    {
        // An upper bound. The true size can be smaller, so the limit itself is enforced while decoding.
        var bound = ((text.Length / 4L) + 1) * 3;
        using var buffer = PooledBuffer.Rent((int)Math.Min(bound, maxBytes));
        var bytes = buffer.Writable.Span;
        // The vectorized decoder handles the alphabet, padding and line breaks. The tolerant one takes every text that it refuses.
        var status = Base64.DecodeFromUtf8(text, bytes, out var consumed, out var written);
        buffer.Truncate(status == OperationStatus.Done && consumed == text.Length ? written : DecodeTolerantly(text, bytes));
        return buffer.Detach();
    }

    private static int DecodeTolerantly(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        // Python refuses a str that is not ASCII before any other check.
        if (!Ascii.IsValid(text))
        {
            throw new ImageException(ImageErrorKind.InvalidBase64);
        }

        var written = 0;
        var quadPosition = 0;
        var pads = 0;
        var padded = false;
        var left = 0;
        foreach (var character in text)
        {
            if (character == Padding)
            {
                padded = true;
                if (quadPosition >= 2 && quadPosition + ++pads >= 4)
                {
                    return written;
                }

                continue;
            }

            int value = _alphabet[character];
            if (value == Outside)
            {
                continue;
            }

            pads = 0;
            if (quadPosition == 0)
            {
                left = value;
                quadPosition = 1;
                continue;
            }

            if (written == bytes.Length)
            {
                throw new ImageException(ImageErrorKind.EncodedTooLarge);
            }

            // Characters 1, 2 and 3 of a group complete a byte with their upper 2, 4 or 6 bits.
            var kept = 2 * quadPosition;
            bytes[written++] = (byte)((left << kept) | (value >> (6 - kept)));
            left = value & ((1 << (6 - kept)) - 1);
            quadPosition = (quadPosition + 1) & 3;
        }

        if (quadPosition == 1 || (quadPosition != 0 && padded))
        {
            throw new ImageException(ImageErrorKind.InvalidBase64);
        }

        return written;
    }

    private static byte[] MakeAlphabet()
    {
        var table = new byte[256];
        Array.Fill(table, Outside);
        var characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;
        for (var value = 0; value < characters.Length; value++)
        {
            table[characters[value]] = (byte)value;
        }

        table['-'] = table['+'];
        table['_'] = table['/'];
        return table;
    }
}
