using Dinov2Cluster.Imaging.Fetch;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Logging.Testing;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

/// <summary>A fetcher on fake time with its log; by default, it allows 127.0.0.1 on every port.</summary>
internal sealed class FetchHarness : IDisposable
{
    private readonly ImageFetcher _fetcher;

    public FetchHarness(IHostResolver? resolver = null, Action<FetchOptions>? configure = null, bool allowLoopback = true, Action<SocketsHttpHandler>? adjust = null)
    {
        Options = new FetchOptions();
        if (allowLoopback)
        {
            Options.AllowedNetworks.Add("127.0.0.1/32:*");
        }

        configure?.Invoke(Options);
        List<string> faults = [];
        FetchRules.Create(Options, faults);
        Assert.Empty(faults);
        var handler = new FetchConnector(Options, resolver ?? new DnsHostResolver(), Time).CreateHandler();
        adjust?.Invoke(handler);
        _fetcher = new ImageFetcher(Options, Time, Logger, handler);
    }

    public FetchOptions Options { get; }

    public TestClock Time { get; } = new();

    public FakeLogger<ImageFetcher> Logger { get; } = new();

    public string LogLine => Assert.Single(Logger.Collector.GetSnapshot()).Message;

    public async Task<byte[]> FetchAsync(string url)
    {
        using var body = await _fetcher.FetchAsync(url, TestContext.Current.CancellationToken);
        return body.Memory.ToArray();
    }

    public Task<PooledBuffer> StartAsync(string url, CancellationToken cancellationToken) =>
        _fetcher.FetchAsync(url, cancellationToken).AsTask();

    /// <summary>Fetches, expects the one public reason, and returns the line that was logged.</summary>
    public async Task<string> FailAsync(string url)
    {
        await AssertFailedAsync(StartAsync(url, TestContext.Current.CancellationToken));
        return LogLine;
    }

    public static async Task AssertFailedAsync(Task<PooledBuffer> fetch)
    {
        var exception = await Assert.ThrowsAsync<ImageException>(() => fetch);
        Assert.Equal(ImageErrorKind.FetchFailed, exception.Kind);
        Assert.Equal("The image URL could not be fetched.", exception.Message);
        Assert.Null(exception.InnerException);
    }

    public void Dispose() => _fetcher.Dispose();
}
