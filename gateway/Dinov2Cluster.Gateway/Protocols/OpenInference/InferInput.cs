using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Json;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>An input tensor of a REST request, unchecked: its keys may come in any order.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">Its datatype.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="DataStart">Where in the JSON its data opens; null without.</param>
/// <param name="BinarySize">Bytes of its data behind the JSON; null without.</param>
internal readonly record struct InferInput(string? Name, string? Datatype, IReadOnlyList<long> Shape, int? DataStart, long? BinarySize)
{
    // The largest rank of the two inputs.
    private const int MaxRank = 4;

    /// <summary>Reads <c>inputs</c>, which must hold exactly one.</summary>
    /// <exception cref="EmbeddingException">It holds another number, or the tensor is malformed.</exception>
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
            if (JsonBody.TryEnter(ref reader, "name"u8))
            {
                input = input with { Name = EmbeddingOptionsReader.ShortText(reader) };
            }
            else if (JsonBody.TryEnter(ref reader, "datatype"u8))
            {
                input = input with { Datatype = EmbeddingOptionsReader.ShortText(reader) };
            }
            else if (JsonBody.TryEnter(ref reader, "shape"u8))
            {
                input = input with { Shape = ReadShape(ref reader) };
            }
            else if (JsonBody.TryEnter(ref reader, "data"u8))
            {
                input = input with { DataStart = DataAt(reader) };
            }
            else if (JsonBody.TryEnter(ref reader, "parameters"u8))
            {
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

/// <summary>Small parts of a REST request.</summary>
internal static class TensorJson
{
    /// <summary>The boolean at the reader.</summary>
    /// <exception cref="EmbeddingException">It is something else.</exception>
    public static bool Flag(in Utf8JsonReader reader, string name) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw EmbeddingException.BadRequest($"'{name}' should be true or false.", name),
    };

    /// <summary>Checks that <c>parameters</c>, at the reader, is a dictionary or null.</summary>
    /// <exception cref="EmbeddingException">It is something else.</exception>
    public static void Enter(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.Null))
        {
            throw EmbeddingException.BadRequest("'parameters' should be a dictionary.", "parameters");
        }
    }

    /// <summary>Refuses a tensor's parameter of an extension that is not offered.</summary>
    /// <exception cref="EmbeddingException">It is one of those.</exception>
    public static void ThrowIfUnsupported(in Utf8JsonReader reader)
    {
        foreach (var name in InferOptions.UnsupportedParameters)
        {
            if (reader.ValueTextEquals(name))
            {
                throw InferOptions.Unsupported(name);
            }
        }
    }
}
