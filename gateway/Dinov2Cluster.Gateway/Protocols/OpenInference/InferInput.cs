using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>An input tensor of a REST request as it is written; its keys may come in any order, so nothing is checked against anything yet.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">Its datatype.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="DataStart">Where in the JSON its data opens; null without.</param>
/// <param name="BinarySize">Bytes that it has behind the JSON; null without.</param>
internal readonly record struct InferInput(string? Name, string? Datatype, IReadOnlyList<long> Shape, int? DataStart, long? BinarySize)
{
    // The largest rank of the two inputs.
    private const int MaxRank = 4;

    /// <summary>Reads <c>inputs</c>, which must hold one.</summary>
    /// <exception cref="EmbeddingException">It does not, or the tensor is malformed.</exception>
    public static InferInput ReadOnly(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw ImageTensor.WrongInputs;
        }

        var input = Read(ref reader);
        reader.Read();
        return reader.TokenType == JsonTokenType.EndArray ? input : throw ImageTensor.WrongInputs;
    }

    private static InferInput Read(ref Utf8JsonReader reader)
    {
        var input = new InferInput(Name: null, Datatype: null, Shape: [], DataStart: null, BinarySize: null);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                input = input with { Name = TensorJson.Name(reader) };
            }
            else if (reader.ValueTextEquals("datatype"u8))
            {
                reader.Read();
                input = input with { Datatype = TensorJson.Name(reader) };
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                reader.Read();
                input = input with { Shape = ReadShape(ref reader) };
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                input = input with { DataStart = DataAt(reader) };
            }
            else if (reader.ValueTextEquals("parameters"u8))
            {
                reader.Read();
                input = input with { BinarySize = ReadBinarySize(ref reader) };
            }

            reader.Skip();
        }

        return input;
    }

    private static int? DataAt(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.StartArray => (int)reader.TokenStartIndex,
        _ => throw EmbeddingException.BadRequest("The 'data' of an input should be a list.", "data"),
    };

    private static List<long> ReadShape(ref Utf8JsonReader reader)
    {
        var shape = new List<long>(MaxRank);
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.Number && shape.Count < MaxRank && reader.TryGetInt64(out var dimension))
            {
                shape.Add(dimension);
            }
        }

        return reader.TokenType == JsonTokenType.EndArray
            ? shape
            : throw EmbeddingException.BadRequest("The 'shape' of an input should be a list of up to 4 whole numbers.", "shape");
    }

    private static long? ReadBinarySize(ref Utf8JsonReader reader)
    {
        long? size = null;
        TensorJson.Enter(ref reader);
        while (reader.TokenType != JsonTokenType.Null && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            TensorJson.ThrowIfUnsupported(reader);
            var isSize = reader.ValueTextEquals("binary_data_size"u8);
            reader.Read();
            if (isSize)
            {
                size = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var bytes) && bytes >= 0
                    ? bytes
                    : throw EmbeddingException.BadRequest("'binary_data_size' should be a whole number of bytes.", "binary_data_size");
            }

            reader.Skip();
        }

        return size;
    }
}
