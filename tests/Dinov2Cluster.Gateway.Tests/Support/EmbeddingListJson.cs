using System.Runtime.InteropServices;
using System.Text.Json;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Bodies of OpenAI's and Azure AI's embeddings.</summary>
internal static class EmbeddingListJson
{
    /// <summary>A list of image dictionaries; <paramref name="more"/> is JSON that follows the input, such as <c>,"model":"tiny"</c>.</summary>
    public static string Images(string more, params string[] images) =>
        $$"""{"input":{{JsonSerializer.Serialize(images.Select(image => new { image }))}}{{more}}}""";

    /// <summary>The embeddings of a reply in their order; null for rows that failed.</summary>
    public static IReadOnlyList<float[]?> Embeddings(JsonElement reply) =>
    [
        .. reply.GetProperty("data").EnumerateArray().Select((item, index) =>
        {
            Assert.Equal("embedding", item.GetProperty("object").GetString());
            Assert.Equal(index, item.GetProperty("index").GetInt32());
            return Embedding(item.GetProperty("embedding"));
        }),
    ];

    private static float[]? Embedding(JsonElement embedding) => embedding.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => MemoryMarshal.Cast<byte, float>(embedding.GetBytesFromBase64()).ToArray(),
        _ => [.. embedding.EnumerateArray().Select(value => value.GetSingle())],
    };
}
