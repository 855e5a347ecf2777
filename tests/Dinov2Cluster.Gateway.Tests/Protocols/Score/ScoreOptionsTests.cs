using System.Net;
using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Score;

/// <summary><c>params</c>: what users of embeddings ask for beside the scoring protocol.</summary>
public sealed class ScoreOptionsTests : IAsyncLifetime
{
    private const string Bad = "aGVsbG8gd29ybGQ=";
    private const string OnlyCls =
        "The model gives the output 'cls' only: compile it with --patch-tokens, or set Models:PatchTokens, for the others.";

    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"normalize":false,"output":"cls","on_error":"fail"}""")]
    [InlineData("""{"normalize":null,"output":null,"on_error":null,"unknown":{"output":[7]}}""")]
    public async Task Without_options_the_cls_token_comes_as_it_is(string options)
    {
        using var response = await ScoreAsync("wide", options, TestImage.Base64(1));

        await _host.CheckRowsAsync(response, "wide", TestImage.Bmp(1));
    }

    [Fact]
    public async Task Normalize_gives_vectors_of_length_one()
    {
        var rows = await RowsAsync("tiny", """{"normalize":true}""", TestImage.Base64(1), TestImage.Base64(2));

        Assert.Equal([Normalized("tiny", 1), Normalized("tiny", 2)], rows.Select(Features));
        Assert.All(rows, row => Assert.Equal(1, Features(row).Sum(feature => feature * feature), 5));
    }

    [Fact]
    public async Task Cls_mean_is_one_vector_of_twice_the_size()
    {
        var row = Assert.Single(await RowsAsync("wide", """{"output":"cls_mean"}""", TestImage.Base64(1)));

        Assert.Equal(Expected("wide", 1, Output.ClsMean), Features(row));
        Assert.Equal(20, Features(row).Length);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task Patch_tokens_are_a_list_of_vectors(string normalize)
    {
        var row = Assert.Single(await RowsAsync("wide", $$"""{"output":"patch_tokens","normalize":{{normalize}}}""", TestImage.Base64(1)));

        var expected = normalize == "true" ? Normalized("wide", 1, Output.PatchTokens) : Expected("wide", 1, Output.PatchTokens);
        Assert.Equal(expected.Chunk(10), row.GetProperty("image_features").EnumerateArray().Select(Floats));
    }

    [Theory]
    [InlineData("cls_mean")]
    [InlineData("patch_tokens")]
    public async Task A_model_without_patch_tokens_says_so(string output)
    {
        using var response = await ScoreAsync("tiny", $$"""{"output":"{{output}}"}""", TestImage.Base64(1));

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.BadRequest, OnlyCls);
        Assert.Empty(_host.Router.Calls);
    }

    [Theory]
    [InlineData("""{"normalize":"yes"}""", "'normalize' should be true or false.")]
    [InlineData("""{"output":"CLS"}""", "'output' should be 'cls', 'cls_mean' or 'patch_tokens'.")]
    [InlineData("""{"output":["cls"]}""", "'output' should be 'cls', 'cls_mean' or 'patch_tokens'.")]
    [InlineData("""{"on_error":true}""", "'on_error' should be 'fail' or 'null'.")]
    public async Task A_wrong_value_is_refused(string options, string message)
    {
        using var response = await ScoreAsync("wide", options, TestImage.Base64(1));

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.BadRequest, message);
    }

    [Fact]
    public async Task A_bad_image_in_the_middle_leaves_the_others_alone()
    {
        string[] images = [.. Enumerable.Range(0, 8).Select(seed => seed == 4 ? Bad : TestImage.Base64(seed))];

        var rows = await RowsAsync("tiny", """{"on_error":"null"}""", images);

        Assert.Equal(Enumerable.Range(0, 8).Select(seed => seed == 4 ? null : Expected("tiny", seed)), rows.Select(FeaturesOrNull));
        Assert.Equal(
            """{"image_features":null,"error":{"reason":"bad_image","message":"Row 4: """,
            rows[4].GetRawText()[..71]);
        Assert.All(rows.Where((_, row) => row != 4), row => Assert.Equal("image_features", Assert.Single(row.EnumerateObject()).Name));
        // Its place is closed: the devices see the good ones only.
        Assert.Equal(7, _host.Router.Calls.Sum());
    }

    [Fact]
    public async Task Every_row_may_be_bad()
    {
        var rows = await RowsAsync("tiny", """{"on_error":"null","normalize":true}""", Bad, "", "?");

        Assert.All(rows, row => Assert.Null(FeaturesOrNull(row)));
        Assert.Empty(_host.Router.Calls);
        await _host.CheckServesAsync();
    }

    [Fact]
    public async Task Every_place_can_be_the_bad_one_in_requests_of_every_size()
    {
        for (var count = 1; count <= 17; count++)
        {
            var bad = count * 7 % count;
            string[] images = [.. Enumerable.Range(0, count).Select(seed => seed == bad || seed % 5 == 3 ? Bad : TestImage.Base64(seed))];

            var rows = await RowsAsync("tiny", """{"on_error":"null"}""", images);

            Assert.Equal(
                images.Select((image, seed) => image == Bad ? null : Expected("tiny", seed)), rows.Select(FeaturesOrNull));
        }
    }

    [Fact]
    public async Task A_feature_that_json_cannot_hold_is_its_row_s_fault_alone()
    {
        _host.ExpectsErrors = true;
        _host.Router.OnEmbed = (model, crops, _) =>
        {
            var features = FakeRouter.Answer(model, crops).Features.ToArray();
            features[model.EmbeddingSize] = float.NaN;
            return Task.FromResult(new GroupResult(features, 0, 0));
        };

        var rows = await RowsAsync("tiny", """{"on_error":"null"}""", TestImage.Base64(1), TestImage.Base64(1), TestImage.Base64(1));

        Assert.Equal([Expected("tiny", 1), null, Expected("tiny", 1)], rows.Select(FeaturesOrNull));
        Assert.Equal("internal", rows[1].GetProperty("error").GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData(EmbeddingErrorKind.NoDevice, HttpStatusCode.ServiceUnavailable)]
    [InlineData(EmbeddingErrorKind.Internal, HttpStatusCode.InternalServerError)]
    public async Task What_is_no_row_s_fault_still_fails_the_request(object kind, HttpStatusCode status)
    {
        _host.ExpectsErrors = kind is EmbeddingErrorKind.Internal;
        _host.Router.OnEmbed = (_, _, _) => throw new EmbeddingException((EmbeddingErrorKind)kind);

        using var response = await ScoreAsync("tiny", """{"on_error":"null"}""", TestImage.Base64(1), Bad);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task The_cache_keeps_features_as_they_were()
    {
        await using var host = await GatewayHost.StartAsync(new() { ["Cache:MaxBytes"] = "1000000" });
        var image = TestImage.Base64(1);

        using var first = await host.ScoreAsync(Body("""{"normalize":true}""", image, image));
        using var plain = await host.ScoreAsync(Body("null", image));
        using var second = await host.ScoreAsync(Body("""{"normalize":true}""", image));

        Assert.Equal([Normalized("tiny", 1), Normalized("tiny", 1)], (await RowsAsync(first)).Select(Features));
        await host.CheckRowsAsync(plain, "tiny", TestImage.Bmp(1));
        Assert.Equal([Normalized("tiny", 1)], (await RowsAsync(second)).Select(Features));
        Assert.Equal("hits=1, misses=0, joined=0", second.Headers.GetValues("x-dinov2-cache").Single());
        Assert.Equal(1, host.Router.Calls.Sum());
    }

    [Fact]
    public async Task Each_output_is_cached_by_itself()
    {
        await using var host = await GatewayHost.StartAsync(new() { ["Cache:MaxBytes"] = "1000000" });
        foreach (var output in (string[])["cls", "cls_mean", "cls"])
        {
            using var response = await host.ScoreAsync(Body($$"""{"output":"{{output}}"}""", TestImage.Base64(1)), ("azureml-model-deployment", "wide"));
            Assert.Equal(
                Expected("wide", 1, output == "cls" ? Output.Cls : Output.ClsMean), Features(Assert.Single(await RowsAsync(response))));
        }

        Assert.Equal([1, 1], host.Router.Calls);
    }

    private static string Body(string options, params string[] images) =>
        $$"""{"params":{{options}},{{ScoreJson.Records(images)[1..]}}""";

    private Task<HttpResponseMessage> ScoreAsync(string model, string options, params string[] images) =>
        _host.ScoreAsync(Body(options, images), ("azureml-model-deployment", model));

    private async Task<JsonElement[]> RowsAsync(string model, string options, params string[] images)
    {
        using var response = await ScoreAsync(model, options, images);
        return await RowsAsync(response);
    }

    private static async Task<JsonElement[]> RowsAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return [.. JsonDocument.Parse(body).RootElement.EnumerateArray()];
    }

    private static float[]? FeaturesOrNull(JsonElement row) =>
        row.GetProperty("image_features").ValueKind == JsonValueKind.Null ? null : Features(row);

    private static float[] Features(JsonElement row) => Floats(row.GetProperty("image_features"));

    private static float[] Floats(JsonElement list) => [.. list.EnumerateArray().Select(value => value.GetSingle())];

    private float[] Normalized(string model, int seed, Output output = Output.Cls) =>
        FeatureNorm.Normalize(Expected(model, seed, output), output.Dimensions(_host.Router.Served[model].EmbeddingSize)).ToArray();

    private float[] Expected(string model, int seed, Output output = Output.Cls) =>
        TestImage.Features(_host.Router.Served[model], TestImage.Bmp(seed), output);
}
