using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>Reads a REST request; its images are slices of the body.</summary>
/// <param name="model">The model that it is for.</param>
/// <param name="maxImages">Most images that are accepted.</param>
internal readonly struct InferRequestParser(ServedModel model, int maxImages)
{
    // Triton's clients send none, or a UUID.
    private const int MaxId = 256;

    /// <summary>Reads a body.</summary>
    /// <param name="body">All of it.</param>
    /// <param name="jsonLength">How much of it is JSON; null for everything.</param>
    /// <exception cref="EmbeddingException">The body is not a request for this model, or holds too many images.</exception>
    public InferRequest Parse(ReadOnlyMemory<byte> body, int? jsonLength)
    {
        if (jsonLength > body.Length)
        {
            throw EmbeddingException.BadRequest($"{OpenInferenceProtocol.JsonLength} should be at most the body's length.");
        }

        var parser = this;
        var binary = body[(jsonLength ?? body.Length)..];
        return JsonBody.Parse(body[..(jsonLength ?? body.Length)], json => parser.Read(json, binary));
    }

    private InferRequest Read(ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> binary)
    {
        var reader = new Utf8JsonReader(json.Span);
        JsonBody.Enter(ref reader);
        var request = new InferRequest(model.Name, [], default, Id: null, IsBinary: false);
        InferInput? input = null;
        bool? isOutputBinary = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonBody.TryEnter(ref reader, "id"u8))
            {
                request = request with { Id = ReadId(reader) };
            }
            else if (JsonBody.TryEnter(ref reader, "parameters"u8))
            {
                request = ReadParameters(ref reader, request);
            }
            else if (JsonBody.TryEnter(ref reader, "inputs"u8))
            {
                input = InferInput.ReadOnly(ref reader);
            }
            else if (JsonBody.TryEnter(ref reader, "outputs"u8))
            {
                isOutputBinary = ReadOutputs(ref reader);
            }

            reader.Skip();
        }

        // Anything but white space after the closing brace throws here.
        reader.Read();
        return request with
        {
            Images = Images(input ?? throw ImageTensor.WrongInputs, json, binary),
            Options = InferOptions.Check(request.Options),
            IsBinary = isOutputBinary ?? request.IsBinary,
        };
    }

    private List<ImageInput> Images(InferInput input, ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> binary)
    {
        var tensor = ImageTensor.Check(input.Name, input.Datatype, input.Shape, model, maxImages);
        if (input.DataStart is null == input.BinarySize is null)
        {
            throw EmbeddingException.BadRequest("An input should have either 'data' or the parameter 'binary_data_size'.");
        }

        if ((input.BinarySize ?? 0) != binary.Length)
        {
            throw EmbeddingException.BadRequest(
                $"The body should end with as many bytes as 'binary_data_size' says, and {OpenInferenceProtocol.JsonLength} should be the length of the JSON before them.");
        }

        return input.DataStart is { } start ? new JsonTensor(tensor, json).Read(start) : tensor.FromRaw(binary);
    }

    private static string? ReadId(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String when reader.ValueSpan.Length <= MaxId => reader.GetString(),
        _ => throw EmbeddingException.BadRequest($"'id' should be a string of at most {MaxId} bytes.", "id"),
    };

    private static InferRequest ReadParameters(ref Utf8JsonReader reader, InferRequest request)
    {
        const string BinaryOutput = "binary_data_output";
        var options = request.Options;
        TensorJson.Enter(ref reader);
        while (reader.TokenType != JsonTokenType.Null && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isBinaryOutput = reader.ValueTextEquals(BinaryOutput);
            if (isBinaryOutput || !EmbeddingOptionsReader.TryRead(ref reader, ref options))
            {
                reader.Read();
                request = isBinaryOutput ? request with { IsBinary = TensorJson.Flag(reader, BinaryOutput) } : request;
                reader.Skip();
            }
        }

        return request with { Options = options };
    }

    // Whether the output is requested as bytes; null by default.
    private static bool? ReadOutputs(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw ImageTensor.WrongOutputs;
        }

        bool? isBinary = null;
        for (var count = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            if (count > 0 || reader.TokenType != JsonTokenType.StartObject)
            {
                throw ImageTensor.WrongOutputs;
            }

            isBinary = ReadOutput(ref reader);
        }

        return isBinary;
    }

    private static bool? ReadOutput(ref Utf8JsonReader reader)
    {
        string? name = null;
        bool? isBinary = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isName, isParameters) = (reader.ValueTextEquals("name"u8), reader.ValueTextEquals("parameters"u8));
            reader.Read();
            if (isName)
            {
                name = EmbeddingOptionsReader.ShortText(reader);
            }
            else if (isParameters)
            {
                isBinary = ReadOutputParameters(ref reader);
            }

            reader.Skip();
        }

        return name == ModelTensors.Features ? isBinary : throw ImageTensor.WrongOutputs;
    }

    private static bool? ReadOutputParameters(ref Utf8JsonReader reader)
    {
        const string BinaryData = "binary_data";
        bool? isBinary = null;
        TensorJson.Enter(ref reader);
        while (reader.TokenType != JsonTokenType.Null && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            TensorJson.ThrowIfUnsupported(reader);
            var isBinaryData = reader.ValueTextEquals(BinaryData);
            reader.Read();
            isBinary = isBinaryData ? TensorJson.Flag(reader, BinaryData) : isBinary;
            reader.Skip();
        }

        return isBinary;
    }
}

/// <summary>A REST request of <c>/infer</c>.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Images">The images.</param>
/// <param name="Options">The options.</param>
/// <param name="Id">Repeated in the reply; null for none.</param>
/// <param name="IsBinary">Whether the output is to come as bytes behind the JSON.</param>
internal sealed record InferRequest(string Model, IReadOnlyList<ImageInput> Images, EmbeddingOptions Options, string? Id, bool IsBinary)
    : ProtocolRequest(Model, Images, Options);
