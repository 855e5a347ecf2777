using System.Globalization;
using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Protocols.Tables;

/// <summary>The rows of a request while they are read.</summary>
/// <param name="body">What the reader reads, from its first byte on.</param>
/// <param name="maxImages">Most rows that are accepted.</param>
/// <param name="field">The field of the request that holds them.</param>
internal readonly struct RowList(ReadOnlyMemory<byte> body, int maxImages, string field)
{
    /// <summary>The column that is read; the others are ignored.</summary>
    public static ReadOnlySpan<byte> ColumnName => "image"u8;

    /// <summary>The rows so far.</summary>
    public List<ImageInput> Rows { get; } = [];

    /// <summary>Ends the request when it holds too many rows, before the next one is read.</summary>
    public void CheckRoom()
    {
        if (Rows.Count >= maxImages)
        {
            throw new EmbeddingException(EmbeddingErrorKind.TooManyImages);
        }
    }

    /// <summary>The string that the reader is at.</summary>
    public ImageInput ReadImage(in Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw Error("'image' should be a string");
        }

        var quote = (int)reader.TokenStartIndex;
        return new(body.Slice(quote + 1, reader.ValueSpan.Length), reader.ValueIsEscaped ? ImageInputKind.JsonText : ImageInputKind.Text);
    }

    /// <summary>Something is wrong with the row that is being read.</summary>
    public EmbeddingException Error(string what) =>
        EmbeddingException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"Row {Rows.Count}: {what}."), field);
}
