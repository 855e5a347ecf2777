using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Dinov2Cluster.Benchmarks.Score;
using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dinov2Cluster.Benchmarks.Protocols;

/// <summary>The same image in every protocol, with everything that can be prepared prepared.</summary>
internal static class ProtocolClients
{
    public static ProtocolContestant Score(HttpClient http, byte[] jpeg) => Json(http, "score", "/score", SampleRequest.Body(jpeg));

    public static ProtocolContestant OpenAi(HttpClient http, byte[] jpeg, string encoding) => Json(
        http, "openai_" + encoding, "/v1/embeddings",
        Encoding.UTF8.GetBytes($$"""{"input":"{{Convert.ToBase64String(jpeg)}}","encoding_format":"{{encoding}}"}"""));

    public static ProtocolContestant OipJson(HttpClient http, string model, byte[] jpeg) => Json(
        http, "oip_json", $"/v2/models/{model}/infer",
        Encoding.UTF8.GetBytes($$"""{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["{{Convert.ToBase64String(jpeg)}}"]}]}"""));

    public static ProtocolContestant OipBinary(HttpClient http, string model, byte[] jpeg)
    {
        var header = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $$$"""{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":{{{jpeg.Length + sizeof(int)}}}}}],"parameters":{"binary_data_output":true}}"""));
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, jpeg.Length);
        byte[] body = [.. header, .. length, .. jpeg];
        return new("oip_binary", () => SendAsync(http, $"/v2/models/{model}/infer", body, content =>
        {
            content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            content.Headers.Add("Inference-Header-Content-Length", header.Length.ToString(CultureInfo.InvariantCulture));
        }));
    }

    public static ProtocolContestant Grpc(Embeddings.EmbeddingsClient client, byte[] jpeg)
    {
        var request = new EmbedRequest { Images = { new Image { Encoded = ByteString.CopyFrom(jpeg) } } };
        return new("grpc", async () => await client.EmbedAsync(request));
    }

    /// <summary>One image after the other in one stream.</summary>
    public static ProtocolContestant GrpcStream(AsyncDuplexStreamingCall<EmbedStreamRequest, EmbedStreamResponse> call, byte[] jpeg)
    {
        var request = new EmbedStreamRequest { Image = new Image { Encoded = ByteString.CopyFrom(jpeg) } };
        return new("grpc_stream", async () =>
        {
            await call.RequestStream.WriteAsync(request);
            if (!await call.ResponseStream.MoveNext(CancellationToken.None) || call.ResponseStream.Current.Result.Error is not null)
            {
                throw new InvalidOperationException("EmbedStream answered with an error.");
            }
        });
    }

    private static ProtocolContestant Json(HttpClient http, string name, string route, byte[] body) => new(
        name, () => SendAsync(http, route, body, content => content.Headers.ContentType = new MediaTypeHeaderValue("application/json")));

    private static async Task SendAsync(HttpClient http, string route, byte[] body, Action<HttpContent> describe)
    {
        using var content = new ByteArrayContent(body);
        describe(content);
        using var response = await http.PostAsync(new Uri(route, UriKind.Relative), content);
        var answer = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{route} answered {(int)response.StatusCode}: {Encoding.UTF8.GetString(answer)}");
        }
    }
}
