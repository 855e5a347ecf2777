using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>A scenario's checks against answers that no healthy gateway gives.</summary>
public sealed class BadAnswerTests
{
    private const string Tensor = """{"outputs":[{"name":"image_features","datatype":"FP32","shape":[1,2]}]}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("score", 200, """[{"image_features":[0.5,-1]}]""", true)]
    [InlineData("score", 200, """[]""", false)]
    [InlineData("score", 200, """[{"image_features":[0.5,-1]},{"image_features":[0.5,-1]}]""", false)]
    [InlineData("score", 200, """[{"image_features":[]}]""", false)]
    [InlineData("score", 200, """[{"image_features":[0,0]}]""", false)]
    [InlineData("score", 200, """[{"image_features":[0.5,null]}]""", false)]
    [InlineData("score", 200, """[{"image_features":["0.5"]}]""", false)]
    [InlineData("score", 200, """[{"image_features":null,"error":{"reason":"bad_image"}}]""", false)]
    [InlineData("score", 200, """{"message":"what?"}""", false)]
    [InlineData("score", 200, """[{"image_features":[0.5,""", false)]
    [InlineData("score", 500, """[{"image_features":[0.5,-1]}]""", false)]
    [InlineData("score", 503, """{"message":"No device."}""", false)]
    [InlineData("openai", 200, """{"data":[{"embedding":[0.5,-1]}]}""", true)]
    [InlineData("openai", 200, """{"data":[{"embedding":null}]}""", false)]
    [InlineData("openai", 200, """{"error":{"message":"what?"}}""", false)]
    public async Task An_answer_counts_as_what_it_is(string protocol, int status, string body, bool accepted) =>
        await AssertJudgedAsync(protocol, CannedAnswer.Text(status, body), accepted);

    [Theory]
    [InlineData(8, true)]
    [InlineData(7, false)]
    [InlineData(16, false)]
    [InlineData(0, false)]
    public async Task A_tensor_has_the_bytes_that_its_shape_says(int bytes, bool accepted)
    {
        var features = new byte[bytes];
        Array.Fill(features, (byte)0x3f);
        var length = Tensor.Length.ToString(CultureInfo.InvariantCulture);

        await AssertJudgedAsync("oip", new CannedAnswer(200, [.. Encoding.UTF8.GetBytes(Tensor), .. features], ("Inference-Header-Content-Length", length)), accepted);
    }

    [Theory]
    [InlineData("2", 0)]
    [InlineData("soon", 1)]
    [InlineData(null, 1)]
    public async Task A_rejection_says_when_to_try_again(string? retryAfter, int faults)
    {
        await using var server = new CannedServer(CannedAnswer.Text(429, "{}", retryAfter is null ? [] : [("Retry-After", retryAfter)]));

        var run = await ScenarioRun.RunAsync("overload", 1, Settings(server, "score"), Cancellation);

        Assert.Equal((1, 0), (run.Passes("dinov2_rejected"), run.Passes("dinov2_failed")));
        Assert.Equal(faults, run.Samples("checks") - run.Passes("checks"));
        Assert.Equal(0, run.Passes("http_req_failed"));
    }

    [Theory]
    [InlineData("""{"status":0,"message":{"results":[{"features":"AAAAPwAAgL8=","error":null}],"timings":{"total":0.5}}}""", "accepted", """{"run":500}""")]
    [InlineData("""{"status":0,"message":{"results":[]}}""", "failed", "{}")]
    [InlineData("""{"status":0,"message":{"results":[{"features":""}]}}""", "failed", "{}")]
    [InlineData("""{"status":0,"message":{"results":[{"features":"AAAAPwAA"}]}}""", "failed", "{}")]
    [InlineData("""{"status":0}""", "failed", "{}")]
    [InlineData("""{"status":13,"error":{"code":13}}""", "failed", "{}")]
    [InlineData("""{"status":8,"trailers":{"retry-after":["3"]}}""", "rejected", "{}")]
    public async Task An_answer_over_gRPC_counts_as_what_it_is(string answer, string outcome, string timings)
    {
        var judgement = await NodeScript.RunAsync(
            $$"""
            import { judgeGrpc } from './lib/answers.js';
            const decode = (text) => Uint8Array.from(Buffer.from(text, 'base64')).buffer;
            console.log(JSON.stringify(judgeGrpc({{answer}}, 1, { dimensions: 2 }, decode)));
            """,
            Cancellation);

        Assert.Equal(outcome, (string)judgement["outcome"]!);
        Assert.Equal(outcome != "failed", judgement["checks"]!.AsObject().All(check => (bool)check.Value!));
        Assert.Equal(timings, judgement["timings"]!.ToJsonString(JsonSerializerOptions.Default));
    }

    [Fact]
    public async Task A_silo_that_goes_away_counts_once()
    {
        await using var server = new CannedServer(Silos("ready", "ready"), Silos("ready", "unreachable"), CannedAnswer.Text(503, ""), Silos("ready"), Silos("ready", "starting"), Silos("ready", "ready"));
        var settings = new Dictionary<string, string>(Settings(server, "score")) { ["CLUSTER_URL"] = server.Address };

        var run = await ScenarioRun.RunAsync("silo-loss", 7, settings, Cancellation, "watch");

        Assert.Equal(1, run.Count("dinov2_silos_lost"));
        Assert.Contains($"silos lost{1,20}", (string)run.Summary["stdout"]!, StringComparison.Ordinal);
    }

    private static CannedAnswer Silos(params string[] states) =>
        CannedAnswer.Text(200, JsonSerializer.Serialize(new { silos = states.Select(state => new { state }) }));

    private static async Task AssertJudgedAsync(string protocol, CannedAnswer answer, bool accepted)
    {
        await using var server = new CannedServer(answer);

        var run = await ScenarioRun.RunAsync("steady", 1, Settings(server, protocol), Cancellation);

        Assert.Equal(accepted ? (0, 1) : (1, 0), (run.Passes("dinov2_failed"), run.Count("dinov2_images")));
        Assert.Equal(accepted, run.Passes("checks") == run.Samples("checks"));
        Assert.Equal(0, run.Passes("dinov2_rejected"));
    }

    private static Dictionary<string, string> Settings(CannedServer server, string protocol) =>
        new() { ["BASE_URL"] = server.Address, ["PROTOCOL"] = protocol, ["MODEL"] = "any" };
}
