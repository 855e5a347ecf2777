using System.Runtime.InteropServices;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Protocol.OpenInference;
using Google.Protobuf.Collections;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>The images and options of a <see cref="ModelInferRequest"/>. Its memory is counted until it is disposed.</summary>
internal sealed class GrpcInferRequest : IDisposable
{
    private readonly BodyBudget.ByteLease _memory;
    private PooledBuffer? _copy;

    private GrpcInferRequest(BodyBudget.ByteLease memory) => _memory = memory;

    /// <summary>Slices of the message, but for typed floats, which are copied: the message doesn't say where they are.</summary>
    public IReadOnlyList<ImageInput> Images { get; private set; } = [];

    /// <summary>What is wanted of them.</summary>
    public EmbeddingOptions Options { get; private set; }

    /// <summary>Reads a message.</summary>
    /// <exception cref="EmbeddingException">It is not a request for this model, or holds too many images; or too much memory is in use.</exception>
    public static GrpcInferRequest Read(ModelInferRequest message, ServedModel model, int maxImages, BodyBudget budget)
    {
        var request = new GrpcInferRequest(budget.Lease());
        try
        {
            request._memory.Grow(message.CalculateSize());
            request.Options = InferOptions.Check(ReadOptions(message.Parameters));
            ThrowIfWrong(message);
            var input = message.Inputs[0];
            var tensor = ImageTensor.Check(input.Name, input.Datatype, input.Shape, model, maxImages);
            request.Images = message.RawInputContents.Count > 0
                ? tensor.FromRaw(message.RawInputContents[0].Memory)
                : request.ReadTyped(input.Contents ?? new InferTensorContents(), tensor);
            return request;
        }
        catch
        {
            request.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _copy?.Dispose();
        _memory.Dispose();
    }

    private List<ImageInput> ReadTyped(InferTensorContents contents, ImageTensor tensor)
    {
        if (!tensor.IsPixels)
        {
            return contents.BytesContents.Count == tensor.Elements
                ? contents.BytesContents.Select(element => ImageTensor.Element(element.Memory)).ToList()
                : throw tensor.WrongData;
        }

        var values = contents.Fp32Contents;
        if (values.Count != tensor.Elements)
        {
            throw tensor.WrongData;
        }

        var bytes = values.Count * sizeof(float);
        _memory.Grow(bytes);
        _copy = PooledBuffer.Rent(bytes);
        var copy = MemoryMarshal.Cast<byte, float>(_copy.Writable.Span);
        for (var i = 0; i < copy.Length; i++)
        {
            copy[i] = values[i];
        }

        return tensor.FromRaw(_copy.Memory);
    }

    private static void ThrowIfWrong(ModelInferRequest message)
    {
        if (message.Inputs.Count != 1)
        {
            throw ImageTensor.WrongInputs;
        }

        if (message.Outputs.Count > 1 || (message.Outputs.Count == 1 && message.Outputs[0].Name != ModelTensors.Features))
        {
            throw ImageTensor.WrongOutputs;
        }

        if (message.RawInputContents.Count > 1 || (message.RawInputContents.Count == 1 && message.Inputs[0].Contents is not null))
        {
            throw EmbeddingException.BadRequest("The data of an input should be either in its 'contents' or in one of 'raw_input_contents'.", "raw_input_contents");
        }

        ThrowIfUnsupported(message.Inputs[0].Parameters);
        if (message.Outputs.Count == 1)
        {
            ThrowIfUnsupported(message.Outputs[0].Parameters);
        }
    }

    private static void ThrowIfUnsupported(MapField<string, InferParameter> parameters)
    {
        foreach (var name in (string[])[InferOptions.SharedMemory, InferOptions.Classification])
        {
            if (parameters.ContainsKey(name))
            {
                throw InferOptions.Unsupported(name);
            }
        }
    }

    private static EmbeddingOptions ReadOptions(MapField<string, InferParameter> parameters)
    {
        var options = default(EmbeddingOptions);
        if (parameters.TryGetValue(EmbeddingOptionsReader.NormalizeField, out var normalize))
        {
            options = normalize.ParameterChoiceCase == InferParameter.ParameterChoiceOneofCase.BoolParam
                ? options with { Normalize = normalize.BoolParam }
                : throw EmbeddingException.BadRequest("'normalize' should be true or false.", EmbeddingOptionsReader.NormalizeField);
        }

        if (parameters.TryGetValue(EmbeddingOptionsReader.OutputField, out var output))
        {
            options = options with { Output = EmbeddingOptionsReader.ParseOutput(output.StringParam) };
        }

        return parameters.TryGetValue(EmbeddingOptionsReader.OnErrorField, out var onError)
            ? options with { NullOnError = EmbeddingOptionsReader.ParseOnError(onError.StringParam) }
            : options;
    }
}
