using System.Diagnostics.Metrics;
using Dinov2Cluster.Silo.Membership;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Dinov2Cluster.Silo.Tests.Membership;

public sealed class MembershipMetricsTests
{
    [Fact]
    public async Task Calls_are_counted_by_outcome_and_a_canceled_one_is_no_failure()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var calls = new MetricCollector<long>(meters, SiloMeter.Name, "dinov2.membership.calls");
        var metrics = new MembershipMetrics(meters);

        Assert.Equal(7, await metrics.CountAsync(() => Task.FromResult(7)));
        await Assert.ThrowsAsync<TimeoutException>(() => metrics.CountAsync(() => Task.FromException<int>(new TimeoutException())));
        await Assert.ThrowsAsync<OperationCanceledException>(() => metrics.CountAsync(() => Task.FromException<int>(new OperationCanceledException())));

        // Both series begin at 0, so that the first failure is an increase.
        Assert.Equal([("ok", 0L), ("failed", 0L), ("ok", 1L), ("failed", 1L)], calls.GetMeasurementSnapshot().Select(call => ((string)call.Tags["outcome"]!, call.Value)));
    }
}
