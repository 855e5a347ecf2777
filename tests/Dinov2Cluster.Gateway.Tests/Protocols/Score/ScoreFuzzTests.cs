using System.Net;
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

        await BodyMutation.Of(seeds).SampleAsync(
            async body =>
            {
                using var response = await host.ScoreAsync(body);
                return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest;
            },
            iter: 300,
            threads: 2);

        await host.CheckServesAsync();
    }
}
