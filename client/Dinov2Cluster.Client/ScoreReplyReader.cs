using System.Text.Json;

namespace Dinov2Cluster.Client;

/// <summary>Reads the reply of <c>POST /score</c>: <c>[{"image_features":[...]}, ...]</c>.</summary>
internal static class ScoreReplyReader
{
    /// <param name="json">The body, UTF-8.</param>
    /// <param name="images">Images of the request.</param>
    /// <param name="model">Name of the model that answered.</param>
    /// <exception cref="Dinov2Exception">It is not a reply for this number of images.</exception>
    public static ImageAnswer[] Read(ReadOnlySpan<byte> json, int images, string model)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var features = new FeatureBuffer();
            var answers = new ImageAnswer[images];
            var rows = 0;
            reader.Read();
            Require(reader, JsonTokenType.StartArray);
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                var answer = ReadRow(ref reader, features, model);
                if (rows < images)
                {
                    answers[rows] = answer;
                }

                rows++;
            }

            Require(reader, JsonTokenType.EndArray);
            return reader.Read() ? throw new JsonException()
                : rows == images ? answers
                : throw TransportFailures.WrongCount(rows, images);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new Dinov2Exception(Dinov2ErrorKind.InvalidResponse, "The service's answer isn't a reply of the scoring protocol.", exception);
        }
    }

    private static ImageAnswer ReadRow(ref Utf8JsonReader reader, FeatureBuffer buffer, string model)
    {
        ImageEmbedding? embedding = null;
        ScoreFailure? failure = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFeatures = reader.ValueTextEquals("image_features"u8);
            var isFailure = reader.ValueTextEquals("error"u8);
            reader.Read();
            if (isFeatures)
            {
                embedding = reader.TokenType == JsonTokenType.Null ? null : ReadFeatures(ref reader, buffer, model);
            }
            else if (isFailure)
            {
                failure = JsonSerializer.Deserialize(ref reader, ScoreJson.Default.ScoreFailure);
            }
            else
            {
                reader.Skip();
            }
        }

        return (embedding, failure) switch
        {
            (not null, null) => new(embedding, null),
            (null, not null) => new(null, ScoreFailures.ToException(failure)),
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

    private static void Require(in Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
        {
            throw new JsonException();
        }
    }
}
