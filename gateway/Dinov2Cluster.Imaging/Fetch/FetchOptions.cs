namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// What may be fetched and how long it may take. As it comes, only public addresses are fetched, from ports 80 and 443. Cloud
/// metadata addresses (such as 169.254.169.254) stay closed whatever is allowed here. Read once, when the fetcher is made.
/// </summary>
public sealed class FetchOptions
{
    /// <summary>Largest body in bytes, as declared and as received. Default 20 MB.</summary>
    public int MaxBytes { get; set; } = 20_000_000;

    /// <summary>Most redirects followed for one URL; each is checked like a new URL. Default 3.</summary>
    public int MaxRedirects { get; set; } = 3;

    /// <summary>Time for resolving a host and opening a TCP connection to it. Default 3 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Time for the whole fetch: every redirect, TLS and the last byte of the body. Default 10 s.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Ports that may be dialled, unless an entry below names its own. Empty, the default, means 80 and 443.</summary>
    public IList<int> AllowedPorts { get; } = [];

    /// <summary>
    /// Hosts that may be fetched even if their addresses are private: <c>images.internal</c>, or <c>*.images.internal</c> for every
    /// name below it. <c>:9000</c> at the end opens that port instead of <see cref="AllowedPorts"/>, <c>:*</c> every port.
    /// Names only; an address goes into <see cref="AllowedNetworks"/>.
    /// </summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>
    /// Networks that may be fetched even if they are private, whatever name led there: <c>10.20.0.0/16</c>, <c>fd12:3456::/32</c>.
    /// <c>:9000</c> at the end (<c>10.20.0.0/16:9000</c>) opens that port instead of <see cref="AllowedPorts"/>, <c>:*</c> every port.
    /// </summary>
    public IList<string> AllowedNetworks { get; } = [];
}
