using System.Text;
using System.Text.Json;

namespace Dinov2Cluster.Chaos.Load;

/// <summary>Compares a reply of <c>/score</c> with the known answers, bit by bit.</summary>
internal static class ReplyCheck
{
    /// <summary>Rows that are not their image's answer; -1 when the reply doesn't have one row per image.</summary>
    public static int CountWrongRows(ReadOnlyMemory<byte> reply, ReadOnlySpan<KnownImage> images) =>
        IsKnownText(reply.Span, images) ? 0 : Parse(reply, images);

    private static bool IsKnownText(ReadOnlySpan<byte> reply, ReadOnlySpan<KnownImage> images)
    {
        var separator = (byte)'[';
        foreach (var image in images)
        {
            if (image.RowText is not { } text || reply.Length <= text.Length || reply[0] != separator || !reply[1..].StartsWith(text))
            {
                return false;
            }

            reply = reply[(1 + text.Length)..];
            separator = (byte)',';
        }

        return reply.SequenceEqual("]"u8);
    }

    private static int Parse(ReadOnlyMemory<byte> reply, ReadOnlySpan<KnownImage> images)
    {
        try
        {
            using var document = JsonDocument.Parse(reply);
            if (document.RootElement.GetArrayLength() != images.Length)
            {
                return -1;
            }

            var wrong = 0;
            for (var row = 0; row < images.Length; row++)
            {
                var element = document.RootElement[row];
                if (IsRight(element.GetProperty("image_features"), images[row].Features))
                {
                    images[row].RowText ??= Encoding.UTF8.GetBytes(element.GetRawText());
                }
                else
                {
                    wrong++;
                }
            }

            return wrong;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return -1;
        }
    }

    private static bool IsRight(JsonElement row, ReadOnlySpan<float> features)
    {
        if (row.GetArrayLength() != features.Length)
        {
            return false;
        }

        var index = 0;
        foreach (var feature in row.EnumerateArray())
        {
            if (!feature.TryGetSingle(out var value) || BitConverter.SingleToInt32Bits(value) != BitConverter.SingleToInt32Bits(features[index++]))
            {
                return false;
            }
        }

        return true;
    }
}
