using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Protocols.Tables;

/// <summary>What <c>columns</c> says of each row.</summary>
/// <param name="Width">Number of columns.</param>
/// <param name="ImageColumn">Number of the image column, or null when it is not there exactly once.</param>
/// <param name="ImageColumns">How many columns have its name.</param>
internal readonly record struct ColumnLayout(int Width, int? ImageColumn, int ImageColumns)
{
    /// <summary>Reads from the opening to the closing bracket.</summary>
    public static ColumnLayout Read(ref Utf8JsonReader reader)
    {
        var width = 0;
        var found = 0;
        int? column = null;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; width++)
        {
            if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(RowList.ColumnName))
            {
                column = found++ == 0 ? width : null;
            }

            reader.Skip();
        }

        return new(width, column, found);
    }

    /// <summary>The image column's number.</summary>
    /// <param name="field">The field of the request that holds the table.</param>
    /// <exception cref="EmbeddingException">There is none, or more than one.</exception>
    public int RequireImageColumn(string field) => ImageColumn ?? throw EmbeddingException.BadRequest(
        ImageColumns == 0 ? $"'columns' in '{field}' should name 'image'." : $"'columns' in '{field}' should name 'image' once.", field);
}
