using System.Text.Json;

namespace Dinov2Cluster.Client.Transport.Score;

/// <summary>Reads the reply of <c>POST /score</c>: <c>[{"image_features":[...]}, ...]</c>.</summary>
internal static class ScoreReplyReader
{
    /// <summary>Reads a reply.</summary>
    /// <param name="json">The body, UTF-8.</param>
    /// <param name="images">Images of the request.</param>
    /// <param name="model">Name of the model that answered.</param>
    /// <exception cref="Dinov2Exception">It is no reply for so many images.</exception>
    public static ImageAnswer[] Read(ReadOnlySpan<byte> json, int images, string model)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var features = new FeatureBuffer();
            var answers = new ImageAnswer[images];
            var rows = 0;
            Expect(ref reader, JsonTokenType.StartArray);
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                var answer = ReadRow(ref reader, features, model);
                if (rows < images)
                {
                    answers[rows] = answer;
                }

                rows++;
            }

            if (reader.TokenType != JsonTokenType.EndArray || reader.Read())
            {
                throw new JsonException();
            }

            return rows == images
                ? answers
                : throw new Dinov2Exception(Dinov2ErrorKind.InvalidResponse, $"The service answered {rows} images of {images}.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new Dinov2Exception(Dinov2ErrorKind.InvalidResponse, "The service's answer isn't a reply of the scoring protocol.", exception);
        }
    }

    private static ImageAnswer ReadRow(ref Utf8JsonReader reader, FeatureBuffer buffer, string model)
    {
        ImageEmbedding? embedding = null;
        Dinov2Exception? error = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("image_features"u8))
            {
                reader.Read();
                embedding = reader.TokenType == JsonTokenType.Null ? null : ReadFeatures(ref reader, buffer, model);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                error = reader.TokenType == JsonTokenType.Null ? null : ReadError(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return (embedding, error) switch
        {
            (not null, null) or (null, not null) => new(embedding, error),
            _ => throw new JsonException(),
        };
    }

    private static ImageEmbedding ReadFeatures(ref Utf8JsonReader reader, FeatureBuffer buffer, string model)
    {
        Require(reader, JsonTokenType.StartArray);
        reader.Read();
        var vectors = 0;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (var dimensions = 0; reader.TokenType == JsonTokenType.StartArray; reader.Read())
            {
                reader.Read();
                var before = buffer.Count;
                ReadVector(ref reader, buffer);
                dimensions = vectors++ == 0 ? buffer.Count : dimensions;
                if (buffer.Count - before != dimensions)
                {
                    throw new JsonException();
                }
            }

            Require(reader, JsonTokenType.EndArray);
        }
        else
        {
            vectors = 1;
            ReadVector(ref reader, buffer);
        }

        var features = buffer.Take();
        return features.Length > 0 ? new(features, vectors, features.Length / vectors, model) : throw new JsonException();
    }

    // From the first feature to the closing bracket.
    private static void ReadVector(ref Utf8JsonReader reader, FeatureBuffer buffer)
    {
        for (; reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            buffer.Add(reader.GetSingle());
        }
    }

    private static Dinov2Exception ReadError(ref Utf8JsonReader reader)
    {
        Require(reader, JsonTokenType.StartObject);
        string? reason = null, message = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("reason"u8))
            {
                reader.Read();
                reason = reader.GetString();
            }
            else if (reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                message = reader.GetString();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return TransportErrors.ForImage(ScoreErrors.ToKind(reason), reason, message ?? "The image is refused.");
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        reader.Read();
        Require(reader, type);
    }

    private static void Require(in Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
        {
            throw new JsonException();
        }
    }
}
