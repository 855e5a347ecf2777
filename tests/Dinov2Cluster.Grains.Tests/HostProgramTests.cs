using Dinov2Cluster.Grains.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dinov2Cluster.Grains.Tests;

public sealed class HostProgramTests
{
    [Fact]
    public async Task Settings_are_checked_before_a_service_is_made_that_reads_them()
    {
        var isMade = false;

        var exitCode = await HostProgram.RunAsync(() =>
        {
            var builder = Host.CreateEmptyApplicationBuilder(settings: null);
            builder.CheckSettingsFirst();
            builder.Services.AddOptions<ClusterMemberOptions>().Validate(_ => false, "bad").ValidateOnStart();
            // A host makes it while it is built.
            builder.Services.AddSingleton<IHostLifetime>(_ =>
            {
                isMade = true;
                throw new InvalidOperationException("Made all the same.");
            });
            return builder.Build();
        });

        Assert.Equal(1, exitCode);
        Assert.False(isMade);
    }

    [Fact]
    public async Task A_host_with_good_settings_runs()
    {
        Assert.Equal(0, await HostProgram.RunAsync(() =>
        {
            var builder = Host.CreateEmptyApplicationBuilder(settings: null);
            builder.CheckSettingsFirst();
            builder.Services.AddOptions<ClusterMemberOptions>().Validate(_ => true).ValidateOnStart();
            builder.Services.AddHostedService<StopAtOnce>();
            return builder.Build();
        }));
    }

    private sealed class StopAtOnce(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken)
        {
            lifetime.ApplicationStarted.Register(lifetime.StopApplication);
            return Task.CompletedTask;
        }
    }
}
