using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>One row as JSON: <c>{"path":"cat.jpg","model":"dinov2-giant","embedding":[-0.39,...]}</c>. Without the embedding when another file has it.</summary>
internal sealed class VectorJson : IDisposable
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly Utf8JsonWriter _json;
    private float[] _features = new float[384];
    private int _dimension;

    // Readable paths: the file is not a web page.
    public VectorJson() => _json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public string Path { get; private set; } = "";

    public string Model { get; private set; } = "";

    public ReadOnlySpan<float> Features => _features.AsSpan(0, _dimension);

    /// <summary>Formats a row as a line, with its line feed; valid until the next call.</summary>
    /// <param name="path">Path or URL of the image.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="features">Empty when another file has them.</param>
    public ReadOnlySpan<byte> Write(string path, string model, ReadOnlySpan<float> features = default)
    {
        _bytes.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("path"u8, path);
        _json.WriteString("model"u8, model);
        if (!features.IsEmpty)
        {
            _json.WriteStartArray("embedding"u8);
            foreach (var feature in features)
            {
                _json.WriteNumberValue(feature);
            }

            _json.WriteEndArray();
        }

        _json.WriteEndObject();
        _json.Flush();
        _bytes.Write("\n"u8);
        return _bytes.WrittenSpan;
    }

    /// <summary>Whether the incomplete last line of a file can come from a crash of this tool: then it may be cut off.</summary>
    public static bool IsCut(ReadOnlySpan<byte> tail)
    {
        var start = "{\"path\":"u8;
        // A file system may leave zeros where data never reached the disk.
        return tail.TrimEnd((byte)0).IsEmpty || tail[..Math.Min(tail.Length, start.Length)].SequenceEqual(start[..Math.Min(tail.Length, start.Length)]);
    }

    /// <summary>Parses a line; false when it is not a row. Ignores unknown properties; a missing model is empty.</summary>
    public bool TryParse(ReadOnlySpan<byte> line, bool withFeatures)
    {
        (Path, Model, _dimension) = ("", "", 0);
        var reader = new Utf8JsonReader(line);
        try
        {
            var hasPath = false;
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("path"u8))
                {
                    reader.Read();
                    Path = reader.GetString() ?? "";
                    hasPath = true;
                }
                else if (reader.ValueTextEquals("model"u8))
                {
                    reader.Read();
                    Model = reader.GetString() ?? "";
                }
                else if (withFeatures && reader.ValueTextEquals("embedding"u8))
                {
                    if (!ReadFeatures(ref reader))
                    {
                        return false;
                    }
                }
                else
                {
                    reader.Skip();
                }
            }

            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() && hasPath && (_dimension > 0 || !withFeatures);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    public void Dispose() => _json.Dispose();

    private bool ReadFeatures(ref Utf8JsonReader reader)
    {
        _dimension = 0;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            if (_dimension == VectorFile.MaxDimension)
            {
                return false;
            }

            if (_dimension == _features.Length)
            {
                Array.Resize(ref _features, _dimension * 2);
            }

            _features[_dimension++] = reader.GetSingle();
        }

        return reader.TokenType == JsonTokenType.EndArray;
    }
}
