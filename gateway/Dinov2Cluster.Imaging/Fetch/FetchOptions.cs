using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// What may be fetched and how long it may take. By default, only ports 80 and 443 of public addresses are open. Cloud metadata
/// addresses (such as 169.254.169.254) stay closed even if an entry here allows them. Read once, when the fetcher is made.
/// </summary>
public sealed class FetchOptions
{
    /// <summary>Largest body in bytes, as declared and as received. Default 20 MB.</summary>
    public int MaxBytes { get; set; } = 20_000_000;

    /// <summary>Most redirects followed for one URL; each is checked like a new URL. Default 3.</summary>
    public int MaxRedirects { get; set; } = 3;

    /// <summary>Timeout for resolving a host and opening a TCP connection to it. Default 3 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Timeout for the whole fetch: every redirect, TLS and the last byte of the body. Default 10 s.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Ports that may be dialed, unless an entry below names its own. Empty, the default, means 80 and 443.</summary>
    public IList<int> AllowedPorts { get; } = [];

    /// <summary>
    /// Hosts that may be fetched even if their addresses are private: <c>images.internal</c>, or <c>*.images.internal</c> for every
    /// name below it. <c>:9000</c> at the end opens that port instead of <see cref="AllowedPorts"/>, <c>:*</c> every port.
    /// Names only; an address goes into <see cref="AllowedNetworks"/>.
    /// </summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>
    /// Networks that may be fetched even if they are private, under any host name: <c>10.20.0.0/16</c>, <c>fd12:3456::/32</c>.
    /// <c>:9000</c> at the end (<c>10.20.0.0/16:9000</c>) opens that port instead of <see cref="AllowedPorts"/>, <c>:*</c> every port.
    /// </summary>
    public IList<string> AllowedNetworks { get; } = [];
}

/// <summary>Checks <see cref="FetchOptions"/> at start and reports all faults at once.</summary>
public sealed class FetchOptionsValidator : IValidateOptions<FetchOptions>
{
    private const int MostBytes = 1 << 30;
    private const int MostRedirects = 20;
    private static readonly TimeSpan _longest = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, FetchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> faults = [];
        if (options.MaxBytes is < 1 or > MostBytes)
        {
            faults.Add($"{nameof(FetchOptions.MaxBytes)} ({options.MaxBytes}) must be between 1 and {MostBytes}.");
        }

        if (options.MaxRedirects is < 0 or > MostRedirects)
        {
            faults.Add($"{nameof(FetchOptions.MaxRedirects)} ({options.MaxRedirects}) must be between 0 and {MostRedirects}.");
        }

        CheckTimeout(options.ConnectTimeout, nameof(FetchOptions.ConnectTimeout), faults);
        CheckTimeout(options.TotalTimeout, nameof(FetchOptions.TotalTimeout), faults);
        FetchRules.Create(options, faults);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void CheckTimeout(TimeSpan value, string name, List<string> faults)
    {
        if (value <= TimeSpan.Zero || value > _longest)
        {
            faults.Add($"{name} ({value}) must be above zero and at most {_longest}.");
        }
    }
}
