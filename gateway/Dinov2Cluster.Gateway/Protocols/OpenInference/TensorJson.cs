using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>Small parts of a REST request.</summary>
internal static class TensorJson
{
    /// <summary>The name that the reader is at; null when it is none, or longer than any that is known: it isn't made a string of.</summary>
    public static string? Name(in Utf8JsonReader reader)
    {
        const int Longest = 32;
        return reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= Longest ? reader.GetString() : null;
    }

    /// <summary>The truth value that the reader is at.</summary>
    /// <exception cref="EmbeddingException">It is something else.</exception>
    public static bool Flag(in Utf8JsonReader reader, string name) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw EmbeddingException.BadRequest($"'{name}' should be true or false.", name),
    };

    /// <summary>Checks that <c>parameters</c>, which the reader is at, is a dictionary or null.</summary>
    /// <exception cref="EmbeddingException">It is something else.</exception>
    public static void Enter(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.Null))
        {
            throw EmbeddingException.BadRequest("'parameters' should be a dictionary.", "parameters");
        }
    }

    /// <summary>Refuses a tensor's parameter that asks for another tensor than the reply would hold, or the request holds.</summary>
    /// <exception cref="EmbeddingException">It is one of those.</exception>
    public static void ThrowIfUnsupported(in Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals(InferOptions.SharedMemory))
        {
            throw InferOptions.Unsupported(InferOptions.SharedMemory);
        }

        if (reader.ValueTextEquals(InferOptions.Classification))
        {
            throw InferOptions.Unsupported(InferOptions.Classification);
        }
    }
}
