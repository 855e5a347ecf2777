namespace Dinov2Cluster.TestSupport;

/// <summary>Asks a host how it is.</summary>
public static class HostHealth
{
    private static readonly Uri _ready = new("/health/ready", UriKind.Relative);

    /// <summary>Whether <c>/health/ready</c> says 200; a host that doesn't listen isn't ready.</summary>
    public static async Task<bool> IsReadyAsync(this ITestHost host, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await host.Http.GetAsync(_ready, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
