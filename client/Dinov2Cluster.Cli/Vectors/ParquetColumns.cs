using Parquet.Schema;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>The columns of a <c>.parquet</c> file of vectors: <c>path: string, embedding: list&lt;float&gt;, model: string</c>.</summary>
/// <param name="Path">Path or URL of the image.</param>
/// <param name="Embedding">The list's elements.</param>
/// <param name="Model">Name of the model; null when a file of another program lacks it.</param>
internal sealed record ParquetColumns(DataField Path, DataField Embedding, DataField? Model)
{
    /// <summary>The schema of this tool's files. Nothing in them is null.</summary>
    public static ParquetSchema Schema { get; } = new(
        new DataField("path", typeof(string), isNullable: false),
        new ListField("embedding", new DataField<float>(ListField.ElementName, nullable: false)),
        new DataField("model", typeof(string), isNullable: false));

    /// <summary>Finds the columns by name, in any order and among others; null when one is missing or has another type.</summary>
    public static ParquetColumns? Find(ParquetSchema schema)
    {
        var path = Text(schema, "path");
        var embedding = schema.DataFields.FirstOrDefault(field => field.Path.FirstPart == "embedding" && field.ClrType == typeof(float) && field.MaxRepetitionLevel == 1);
        return path is null || embedding is null ? null : new ParquetColumns(path, embedding, Text(schema, "model"));
    }

    // ReadOnlyMemory<char> is the library's type of a string column.
    private static DataField? Text(ParquetSchema schema, string name) => schema.DataFields.FirstOrDefault(
        field => field.Path.Length == 1 && field.Name == name && field.ClrType == typeof(ReadOnlyMemory<char>) && field.MaxRepetitionLevel == 0);
}
