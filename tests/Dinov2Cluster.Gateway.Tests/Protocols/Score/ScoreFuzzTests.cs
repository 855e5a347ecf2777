using System.Net;
using System.Text;
using CsCheck;
using Dinov2Cluster.Gateway.Tests.Support;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Score;

public sealed class ScoreFuzzTests
{
    [Fact]
    public async Task A_mutated_request_is_served_or_refused_but_never_breaks_the_server()
    {
        await using var host = await GatewayHost.StartAsync();
        var seeds = new[] { ScoreJson.Split(TestImage.Base64(1, 4, 4)), ScoreJson.Records(TestImage.Base64(2, 3, 5), TestImage.Base64(3, 2, 2)) };

        await Gen.Select(Gen.Int[0, 1].Select(i => seeds[i]), Gen.Select(Gen.Int[0, 400], Gen.Byte, Gen.Int[0, 3]).Array[1, 4]).SampleAsync(
            async (seed, edits) =>
            {
                using var response = await host.ScoreAsync(ScoreRequestParserTests.Mutate(Encoding.UTF8.GetBytes(seed), edits));
                return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest;
            },
            iter: 300,
            threads: 2);

        await host.CheckServesAsync();
    }
}
