using System.Runtime.InteropServices;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Protocol.OpenInference;
using Google.Protobuf;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>Makes a <see cref="ModelInferResponse"/>.</summary>
internal static class GrpcInferResponse
{
    /// <summary>Answers a request: raw when it was, else typed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="result">Its result; every row has features.</param>
    /// <param name="http">Gives the answer's memory back when it is sent.</param>
    public static ModelInferResponse From(ModelInferRequest request, EmbeddingResult result, HttpResponse http)
    {
        var output = new ModelInferResponse.Types.InferOutputTensor { Name = ModelTensors.Features, Datatype = ModelTensors.Float32 };
        output.Shape.Add(InferResponseWriter.Shape(result));
        var response = new ModelInferResponse
        {
            ModelName = result.Model.Name,
            ModelVersion = OpenInferenceModels.Version,
            Id = request.Id,
            Outputs = { output },
        };
        if (request.RawInputContents.Count > 0)
        {
            response.RawOutputContents.Add(Raw(result, http));
        }
        else
        {
            output.Contents = Typed(result);
        }

        return response;
    }

    private static ByteString Raw(EmbeddingResult result, HttpResponse http)
    {
        var row = result.Model.FeaturesPerImage(result.Output) * sizeof(float);
        // The core bounds the reply.
        var raw = PooledBuffer.Rent(result.Rows.Count * row);
        http.RegisterForDispose(raw);
        for (var i = 0; i < result.Rows.Count; i++)
        {
            // Little-endian, like all supported machines.
            MemoryMarshal.AsBytes(result.Rows[i].Features.Span).CopyTo(raw.Writable.Span.Slice(i * row, row));
        }

        return UnsafeByteOperations.UnsafeWrap(raw.Memory);
    }

    private static InferTensorContents Typed(EmbeddingResult result)
    {
        var contents = new InferTensorContents();
        contents.Fp32Contents.Capacity = result.Rows.Count * result.Model.FeaturesPerImage(result.Output);
        foreach (var row in result.Rows)
        {
            contents.Fp32Contents.AddRange(row.Features.Span);
        }

        return contents;
    }
}
