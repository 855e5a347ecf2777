using System.Diagnostics.Metrics;

namespace Dinov2Cluster.Silo.Membership;

/// <summary>How the membership's store answers.</summary>
internal sealed class MembershipMetrics
{
    private static readonly KeyValuePair<string, object?> _ok = new("outcome", "ok");
    private static readonly KeyValuePair<string, object?> _failed = new("outcome", "failed");

    private readonly Counter<long> _calls;

    public MembershipMetrics(IMeterFactory meters)
    {
        _calls = meters.Create(SiloMeter.Name).CreateCounter<long>(
            "dinov2.membership.calls", "{call}", "Calls to the store that keeps the membership, by outcome: ok or failed.");
        // Starts at 0, so that the first failure is an increase too.
        _calls.Add(0, _ok);
        _calls.Add(0, _failed);
    }

    /// <summary>Makes a call, and counts it.</summary>
    public async Task<T> CountAsync<T>(Func<Task<T>> call)
    {
        try
        {
            var result = await call();
            _calls.Add(1, _ok);
            return result;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _calls.Add(1, _failed);
            throw;
        }
    }
}
