using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dinov2Cluster.Hosting.Tests;

public sealed class HostProgramTests
{
    [Fact]
    public async Task Settings_are_checked_before_a_service_that_reads_them_starts()
    {
        var isStarted = false;

        var exitCode = await HostProgram.RunAsync(() =>
        {
            var builder = Host.CreateEmptyApplicationBuilder(settings: null);
            builder.Services.AddCheckedOptions<ClusterMemberOptions>(builder.Configuration).Validate(_ => false, "bad");
            builder.Services.AddSingleton<IHostedService>(_ =>
            {
                isStarted = true;
                throw new InvalidOperationException("Started all the same.");
            });
            return builder.Build();
        });

        Assert.Equal(1, exitCode);
        Assert.False(isStarted);
    }
}
