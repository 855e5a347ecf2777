using System.Net;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Standalone.Tests;

public sealed class GoldenScoreTests(GoldenStandalone standalone) : IClassFixture<GoldenStandalone>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "dinov2-nano.legacy")]
    [InlineData("dinov2-nano", "dinov2-nano.legacy")]
    [InlineData("dinov2-nano-swiglu", "dinov2-nano-swiglu.legacy")]
    [InlineData("dinov2-nano-registers", "dinov2-nano-registers.antialias")]
    public async Task Score_answers_the_golden_features_of_every_image(string? model, string expected)
    {
        var rows = await standalone.Host.EmbedAsync(GoldenData.Images, model, Cancellation);

        Assert.Equal(GoldenData.Images.Count, rows.Length);
        for (var row = 0; row < rows.Length; row++)
        {
            AssertGolden(expected, row, rows[row]);
        }
    }

    [Fact]
    public async Task Rows_never_mix_under_64_concurrent_requests_of_different_sizes()
    {
        var random = new Random(20260101);
        var requests = Enumerable.Range(0, 64)
            .Select(_ => Enumerable.Range(0, random.Next(1, 10)).Select(_ => random.Next(GoldenData.Images.Count)).ToArray())
            .ToArray();

        await Task.WhenAll(requests.Select(async request =>
        {
            var rows = await standalone.Host.EmbedAsync([.. request.Select(image => GoldenData.Images[image])], model: null, Cancellation);
            Assert.Equal(request.Length, rows.Length);
            for (var row = 0; row < rows.Length; row++)
            {
                AssertGolden("dinov2-nano.legacy", request[row], rows[row]);
            }
        }));
    }

    [Fact]
    public async Task An_unknown_model_is_404_and_the_answer_lists_the_served_ones()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/score")
        {
            Content = new StringContent("""{"input_data":{"columns":["image"],"data":[]}}""", mediaType: new("application/json")),
        };
        request.Headers.Add("azureml-model-deployment", "no-such-model");

        using var response = await standalone.Host.Http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        var message = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.All(["dinov2-nano", "dinov2-nano-swiglu", "dinov2-nano-registers"], name => Assert.Contains(name, message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_tell_of_requests_images_and_every_stage()
    {
        await standalone.Host.EmbedAsync([GoldenData.Images[0]], model: null, Cancellation);

        var metrics = await standalone.Host.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);

        Assert.All(
            [
                "dinov2_gateway_requests_total", "dinov2_gateway_images_total", "dinov2_gateway_preprocess_duration_seconds_bucket",
                "dinov2_queue_duration_seconds_bucket", "dinov2_inference_duration_seconds_bucket", "dinov2_batch_size_bucket", "dinov2_queue_depth",
            ],
            name => Assert.Contains(name + "{", metrics, StringComparison.Ordinal));
    }

    private static void AssertGolden(string expected, int image, float[] features)
    {
        var all = NpyFile.ReadFloats(GoldenData.Expected(expected + ".npy"));
        var golden = all.AsSpan(image * features.Length, features.Length);
        Assert.True(Similarity.Cosine(features, golden) >= 0.99999, $"{expected}, {GoldenData.Images[image]}: cosine {Similarity.Cosine(features, golden)}");
        Assert.True(Similarity.MaxDifference(features, golden) <= 2e-3, $"{expected}, {GoldenData.Images[image]}: difference {Similarity.MaxDifference(features, golden)}");
    }
}
