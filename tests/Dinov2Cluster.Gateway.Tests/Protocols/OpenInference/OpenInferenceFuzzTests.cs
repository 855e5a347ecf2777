using System.Globalization;
using System.Net;
using System.Text;
using CsCheck;
using Dinov2Cluster.Gateway.Tests.Support;

namespace Dinov2Cluster.Gateway.Tests.Protocols.OpenInference;

public sealed class OpenInferenceFuzzTests
{
    [Fact]
    public async Task A_mutated_request_is_served_or_refused_but_never_breaks_the_server()
    {
        await using var host = await GatewayHost.StartAsync();
        var files = InferBody.Elements(TestImage.Bmp(1, 3, 2), TestImage.Bmp(2, 2, 2));
        var pixels = string.Join(',', Enumerable.Repeat("0", 3 * 14 * 14));
        (string Json, byte[] Binary)[] seeds =
        [
            (InferBody.Json([TestImage.Base64(1, 4, 4)], ""","id":"7","outputs":[{"name":"image_features","parameters":{"binary_data":true}}]"""), []),
            (InferBody.Binary(2, files.Length, ""","parameters":{"binary_data_output":true,"normalize":true}"""), files),
            (InferBody.Pixels(1, 14, $"\"data\":[{pixels}]"), []),
        ];

        await Gen.Select(Gen.Int[0, seeds.Length - 1].Select(i => seeds[i]), Gen.Select(Gen.Int[0, 330], Gen.Byte, Gen.Int[0, 3]).Array[1, 4]).SampleAsync(
            async (seed, edits) =>
            {
                var body = BodyMutation.Mutate([.. Encoding.UTF8.GetBytes(seed.Json), .. seed.Binary], edits);
                using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/tiny/infer") { Content = new ByteArrayContent(body) };
                if (seed.Binary.Length > 0)
                {
                    request.Headers.Add("Inference-Header-Content-Length", seed.Json.Length.ToString(CultureInfo.InvariantCulture));
                }

                using var response = await host.Client.SendAsync(request);
                return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest;
            },
            iter: 400,
            threads: 2);

        await host.CheckServesAsync();
    }
}
