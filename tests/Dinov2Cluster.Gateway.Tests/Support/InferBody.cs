using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Requests and replies of the Open Inference Protocol over REST.</summary>
internal static class InferBody
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A request with image strings.</summary>
    /// <param name="images">The strings.</param>
    /// <param name="rest">More members, each with a comma before it.</param>
    public static string Json(string[] images, string rest = "") => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"inputs":[{"name":"image","shape":[{{images.Length}}],"datatype":"BYTES","data":{{JsonSerializer.Serialize(images)}} }]{{rest}} }""");

    /// <summary>A request with files behind it.</summary>
    public static string Binary(int images, int bytes, string rest = "") => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"inputs":[{"name":"image","shape":[{{images}}],"datatype":"BYTES","parameters":{"binary_data_size":{{bytes}} } }]{{rest}} }""");

    /// <summary>A request with pixels.</summary>
    public static string Pixels(int images, int size, string data, string rest = "") => string.Create(
        CultureInfo.InvariantCulture, $$"""{"inputs":[{"name":"pixel_values","datatype":"FP32","shape":[{{images}},3,{{size}},{{size}}],{{data}} }]{{rest}} }""");

    /// <summary>Each element behind its length.</summary>
    public static byte[] Elements(params byte[][] elements)
    {
        using var bytes = new MemoryStream();
        Span<byte> length = stackalloc byte[4];
        foreach (var element in elements)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, element.Length);
            bytes.Write(length);
            bytes.Write(element);
        }

        return bytes.ToArray();
    }

    /// <summary>Sends JSON, and what follows it.</summary>
    public static async Task<HttpResponseMessage> PostAsync(
        GatewayHost host, string json, byte[]? binary = null, string path = "/v2/models/tiny/infer", string? jsonLength = null)
    {
        var head = Encoding.UTF8.GetBytes(json);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent([.. head, .. binary ?? []]) };
        request.Content.Headers.ContentType = new(binary is null ? "application/json" : "application/octet-stream");
        if (binary is not null || jsonLength is not null)
        {
            request.Headers.TryAddWithoutValidation(
                "Inference-Header-Content-Length", jsonLength ?? head.Length.ToString(CultureInfo.InvariantCulture));
        }

        return await host.Client.SendAsync(request, Cancellation);
    }

    /// <summary>The JSON of a good reply, and its features, wherever they are.</summary>
    public static async Task<(JsonElement Json, float[] Features)> ReadAsync(HttpResponseMessage response, bool isBinary)
    {
        var body = await response.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        Assert.Equal(isBinary ? "application/octet-stream" : "application/json", response.Content.Headers.ContentType?.ToString());
        if (!isBinary)
        {
            Assert.False(response.Headers.Contains("Inference-Header-Content-Length"));
            var json = JsonDocument.Parse(body).RootElement;
            return (json, [.. Output(json).GetProperty("data").EnumerateArray().Select(value => value.GetSingle())]);
        }

        var length = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single(), CultureInfo.InvariantCulture);
        Assert.Equal(body.Length, response.Content.Headers.ContentLength);
        var head = JsonDocument.Parse(body.AsMemory(0, length)).RootElement;
        Assert.Equal(body.Length - length, Output(head).GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        return (head, MemoryMarshal.Cast<byte, float>(body.AsSpan(length)).ToArray());
    }

    /// <summary>The only output.</summary>
    public static JsonElement Output(JsonElement json)
    {
        var output = Assert.Single(json.GetProperty("outputs").EnumerateArray());
        Assert.Equal("image_features", output.GetProperty("name").GetString());
        Assert.Equal("FP32", output.GetProperty("datatype").GetString());
        return output;
    }

    /// <summary>Checks a good reply for images.</summary>
    public static async Task CheckAsync(GatewayHost host, HttpResponseMessage response, bool isBinary, params byte[][] images)
    {
        var model = host.Router.Served["tiny"];
        var (json, features) = await ReadAsync(response, isBinary);
        Assert.Equal("tiny", json.GetProperty("model_name").GetString());
        Assert.Equal("1", json.GetProperty("model_version").GetString());
        Assert.Equal([images.Length, model.EmbeddingSize], Output(json).GetProperty("shape").EnumerateArray().Select(value => value.GetInt32()));
        Assert.Equal(images.SelectMany(image => TestImage.Features(model, image)), features);
    }

    /// <summary>Checks an error's status and text; nothing else may be in the body.</summary>
    public static async Task CheckErrorAsync(HttpResponseMessage response, int status, string? message = null)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True((int)response.StatusCode == status, $"{response.StatusCode}: {body}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        var error = Assert.Single(JsonDocument.Parse(body).RootElement.EnumerateObject());
        Assert.Equal("error", error.Name);
        Assert.Equal(message ?? error.Value.GetString(), error.Value.GetString());
        Assert.NotEmpty(error.Value.GetString()!);
    }

    /// <summary>The pixel values of a test image as its model takes them.</summary>
    public static float[] PixelValues(ServedModel model, byte[] image) => TestPixels.Normalize(TestImage.Crop(model, image), model.Normalization);
}
