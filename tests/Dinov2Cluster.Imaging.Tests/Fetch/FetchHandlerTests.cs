using System.Net;
using System.Security.Cryptography.X509Certificates;
using Dinov2Cluster.Imaging.Fetch;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

public class FetchHandlerTests
{
    [Fact]
    public void Nothing_of_ours_is_sent_and_nothing_is_done_behind_our_back()
    {
        var connector = new FetchConnector(FetchRules.Create(new FetchOptions(), []), new FakeResolver([]), TimeSpan.FromSeconds(3), TimeProvider.System);
        using var handler = FetchHandler.Create(connector);

        // HTTP_PROXY and its kin are only read for a handler that uses proxies.
        Assert.False(handler.UseProxy);
        Assert.Null(handler.Proxy);
        Assert.False(handler.UseCookies);
        Assert.Null(handler.Credentials);
        Assert.False(handler.PreAuthenticate);
        Assert.False(handler.AllowAutoRedirect);
        Assert.Equal(DecompressionMethods.None, handler.AutomaticDecompression);
        Assert.Null(handler.ActivityHeadersPropagator);
        Assert.Equal(16, handler.MaxResponseHeadersLength);
        Assert.Equal(0, handler.MaxResponseDrainSize);
        Assert.NotNull(handler.ConnectCallback);
        Assert.True(handler.SslOptions.CertificateChainPolicy!.DisableCertificateDownloads);
        Assert.Equal(X509RevocationMode.NoCheck, handler.SslOptions.CertificateChainPolicy.RevocationMode);
        Assert.Null(handler.SslOptions.RemoteCertificateValidationCallback);
    }
}
