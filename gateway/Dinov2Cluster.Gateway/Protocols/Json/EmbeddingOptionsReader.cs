using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Protocols.Json;

/// <summary>Reads <c>normalize</c>, <c>output</c> and <c>on_error</c>: their names and values are the same in every JSON protocol.</summary>
internal static class EmbeddingOptionsReader
{
    public const string NormalizeField = "normalize";
    public const string OutputField = "output";
    public const string OnErrorField = "on_error";

    /// <summary>Reads <c>params</c>, where a protocol has the options there.</summary>
    /// <exception cref="EmbeddingException">It is not a dictionary, or an option has a wrong value.</exception>
    public static EmbeddingOptions ReadParams(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => default,
        JsonTokenType.StartObject => ReadAll(ref reader),
        _ => throw EmbeddingException.BadRequest("The 'params' parameter should be a dictionary.", "params"),
    };

    /// <summary>Reads a dictionary of options from its opening to its closing brace. Ignores unknown names; null means absent.</summary>
    /// <exception cref="EmbeddingException">An option has a wrong value.</exception>
    public static EmbeddingOptions ReadAll(ref Utf8JsonReader reader)
    {
        var options = default(EmbeddingOptions);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryRead(ref reader, ref options))
            {
                reader.Read();
                reader.Skip();
            }
        }

        return options;
    }

    /// <summary>Reads the option at the reader, to the end of its value.</summary>
    /// <returns>False, and the reader stays, when it is at another name.</returns>
    /// <exception cref="EmbeddingException">The option has a wrong value.</exception>
    public static bool TryRead(ref Utf8JsonReader reader, ref EmbeddingOptions options)
    {
        if (JsonBody.TryEnter(ref reader, NormalizeField))
        {
            options = options with { Normalize = ReadNormalize(reader) };
        }
        else if (JsonBody.TryEnter(ref reader, OutputField))
        {
            options = options with { Output = reader.TokenType == JsonTokenType.Null ? Output.Cls : ParseOutput(ShortText(reader)) };
        }
        else if (JsonBody.TryEnter(ref reader, OnErrorField))
        {
            options = options with { NullOnError = reader.TokenType != JsonTokenType.Null && ParseOnError(ShortText(reader)) };
        }
        else
        {
            return false;
        }

        reader.Skip();
        return true;
    }

    /// <summary>The output of a name.</summary>
    /// <exception cref="EmbeddingException">No output has that name.</exception>
    public static Output ParseOutput(string? name) => name switch
    {
        "cls" => Output.Cls,
        "cls_mean" => Output.ClsMean,
        "patch_tokens" => Output.PatchTokens,
        _ => throw EmbeddingException.BadRequest("'output' should be 'cls', 'cls_mean' or 'patch_tokens'.", OutputField),
    };

    /// <summary>Whether the other images go on when one is refused.</summary>
    /// <exception cref="EmbeddingException">The value is neither.</exception>
    public static bool ParseOnError(string? name) => name switch
    {
        "fail" => false,
        "null" => true,
        _ => throw EmbeddingException.BadRequest("'on_error' should be 'fail' or 'null'.", OnErrorField),
    };

    /// <summary>The name at the reader; null for a value of another type or a long one, which becomes no string.</summary>
    public static string? ShortText(in Utf8JsonReader reader)
    {
        const int LongestName = 32;
        return reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= LongestName ? reader.GetString() : null;
    }

    private static bool ReadNormalize(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False or JsonTokenType.Null => false,
        _ => throw EmbeddingException.BadRequest("'normalize' should be true or false.", NormalizeField),
    };
}
