using System.Net;
using System.Text.Json;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Protocols.OpenAi;

public sealed class OpenAiRequestTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    public static TheoryData<string> Inputs =>
    [
        $"\"{TestImage.Base64(1)}\"",
        $"[\"{TestImage.Base64(1)}\"]",
        $"\"data:image/bmp;base64,{TestImage.Base64(1)}\"",
        $"\"{TestImage.Base64(1).Replace("/", "\\/", StringComparison.Ordinal).Insert(4, "\\n")}\"",
        $$"""{"image":"{{TestImage.Base64(1)}}"}""",
        $$"""[{"image":"{{TestImage.Base64(1)}}","text":null}]""",
        $$"""[{"type":"image_url","image_url":"{{TestImage.Base64(1)}}"}]""",
        $$"""[{"image_url":{"detail":["x"],"url":"{{TestImage.Base64(1)}}"} }]""",
    ];

    [Theory]
    [MemberData(nameof(Inputs))]
    public async Task An_image_may_come_in_any_form(string input)
    {
        var reply = await EmbedAsync($$"""{"input":{{input}}}""");

        Assert.Equal([Expected("tiny", 1)], EmbeddingListJson.Embeddings(reply));
    }

    [Fact]
    public async Task A_reply_has_what_the_reference_says()
    {
        var reply = await EmbedAsync(
            $$"""{"user":"u","unknown":[{}],"input":["{{TestImage.Base64(1)}}",{"image":"{{TestImage.Base64(2)}}"}],"model":"wide","encoding_format":null,"dimensions":null}""");

        Assert.Equal(["object", "data", "model", "usage"], reply.EnumerateObject().Select(property => property.Name));
        Assert.Equal("list", reply.GetProperty("object").GetString());
        Assert.Equal("wide", reply.GetProperty("model").GetString());
        Assert.Equal("""{"prompt_tokens":0,"total_tokens":0}""", reply.GetProperty("usage").GetRawText());
        Assert.Equal([Expected("wide", 1), Expected("wide", 2)], EmbeddingListJson.Embeddings(reply));
    }

    [Fact]
    public async Task The_options_are_fields_of_the_request()
    {
        var reply = await EmbedAsync(EmbeddingListJson.Images(""","model":"wide","normalize":true,"output":"cls_mean" """, TestImage.Base64(1)));

        var expected = FeatureNorm.Normalize(Expected("wide", 1, Output.ClsMean), 20).ToArray();
        Assert.Equal([expected], EmbeddingListJson.Embeddings(reply));
    }

    [Theory]
    [InlineData("float")]
    [InlineData("base64")]
    public async Task A_row_that_failed_is_null_and_says_why(string encoding)
    {
        var reply = await EmbedAsync(EmbeddingListJson.Images(
            $$""","on_error":"null","encoding_format":"{{encoding}}" """, TestImage.Base64(1), "aGVsbG8gd29ybGQ=", TestImage.Base64(2)));

        Assert.Equal([Expected("tiny", 1), null, Expected("tiny", 2)], EmbeddingListJson.Embeddings(reply));
        var error = reply.GetProperty("data")[1].GetProperty("error");
        Assert.Equal("bad_image", error.GetProperty("reason").GetString());
        Assert.StartsWith("Row 1: ", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.False(reply.GetProperty("data")[0].TryGetProperty("error", out _));
    }

    [Theory]
    [InlineData("float", JsonValueKind.Array)]
    [InlineData("base64", JsonValueKind.String)]
    public async Task Both_encodings_give_the_same_bits(string encoding, JsonValueKind kind)
    {
        var images = Enumerable.Range(0, 40).ToArray();

        var reply = await EmbedAsync(EmbeddingListJson.Images(
            $$""","encoding_format":"{{encoding}}" """, [.. images.Select(seed => TestImage.Base64(seed))]));

        Assert.Equal(kind, reply.GetProperty("data")[0].GetProperty("embedding").ValueKind);
        Assert.Equal(images.Select(seed => Expected("tiny", seed)), EmbeddingListJson.Embeddings(reply));
    }

    [Fact]
    public async Task A_model_tells_when_the_server_started()
    {
        var start = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await using var host = await GatewayHost.StartAsync(time: new TestClock(start));

        var model = JsonDocument.Parse(await host.Client.GetStringAsync("/v1/models/tiny", Cancellation)).RootElement;

        Assert.Equal($$"""{"id":"tiny","object":"model","created":{{start.ToUnixTimeSeconds()}},"owned_by":"dinov2cluster"}""", model.GetRawText());
    }

    private async Task<JsonElement> EmbedAsync(string json)
    {
        using var response = await _host.PostAsync("/v1/embeddings", json);
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.True(response.Headers.Contains("x-dinov2-inference-ms"));
        return JsonDocument.Parse(body).RootElement;
    }

    private float[] Expected(string model, int seed, Output output = Output.Cls) =>
        TestImage.Features(_host.Router.Served[model], TestImage.Bmp(seed), output);
}
