using System.Net;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Tests.Admission;

public sealed class GatewayDrainTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stop_turns_readiness_off_still_serves_for_the_delay_and_answers_what_is_under_way()
    {
        var time = new TestClock();
        await using var host = await GatewayHost.StartAsync(new() { ["Gateway:DrainDelay"] = "00:00:07" }, time);
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Router.OnEmbed = async (model, crops, token) =>
        {
            called.SetResult();
            await answer.Task.WaitAsync(token);
            return FakeRouter.Answer(model, crops);
        };
        var underWay = host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)));
        await called.Task.WaitAsync(Cancellation);
        host.Router.OnEmbed = null;

        var stop = host.StopAsync();
        await time.WaitBegunAsync(TimeSpan.FromSeconds(7), Cancellation);
        using var ready = await host.Client.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation);
        using var live = await host.Client.GetAsync(new Uri("/health/live", UriKind.Relative), Cancellation);
        using var late = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(2)));
        time.Advance(TimeSpan.FromSeconds(7));
        await StopsAcceptingAsync(host);
        Assert.False(stop.IsCompleted);
        answer.SetResult();
        using var last = await underWay;
        await stop.WaitAsync(Cancellation);

        await GatewayHost.CheckErrorAsync(ready, HttpStatusCode.ServiceUnavailable, "The gateway is shutting down.");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        await host.CheckRowsAsync(late, "tiny", TestImage.Bmp(2));
        await host.CheckRowsAsync(last, "tiny", TestImage.Bmp(1));
        Assert.All([ready, live, late, last], response => Assert.True(response.Headers.ConnectionClose));
    }

    [Fact]
    public async Task Before_a_stop_connections_stay_open()
    {
        await using var host = await GatewayHost.StartAsync();

        using var response = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)));

        Assert.Null(response.Headers.ConnectionClose);
    }

    [Theory]
    [InlineData("00:01:00", "00:00:01", 76)]
    [InlineData("00:10:00", "00:00:30", 645)]
    [InlineData("00:00:01", "00:00:00", 30)]
    public async Task A_shutdown_has_time_for_the_delay_the_longest_request_and_a_rest(string deadline, string delay, int seconds)
    {
        await using var host = await GatewayHost.StartAsync(new() { ["Gateway:Deadline"] = deadline, ["Gateway:DrainDelay"] = delay });

        Assert.Equal(TimeSpan.FromSeconds(seconds), host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    private static async Task StopsAcceptingAsync(GatewayHost host)
    {
        while (true)
        {
            using var socket = new System.Net.Sockets.TcpClient();
            try
            {
                await socket.ConnectAsync(host.Address.Host, host.Address.Port, Cancellation);
            }
            catch (System.Net.Sockets.SocketException)
            {
                return;
            }
        }
    }
}
