using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

public class ImageFetcherTlsTests
{
    private static readonly byte[] _image = [1, 2, 3];

    [Fact]
    public async Task A_trusted_server_is_fetched_from()
    {
        using var certificates = new TestCertificates();
        await using var server = Server(certificates, exchange => exchange.OkAsync(_image));
        using var harness = Harness(certificates);
        Assert.Equal(_image, await harness.FetchAsync($"https://images.example:{server.Port}/"));
        Assert.Equal(_image, await harness.FetchAsync($"https://IMAGES.example.:{server.Port}/"));
    }

    [Fact]
    public async Task A_certificate_of_another_name_fails()
    {
        using var certificates = new TestCertificates();
        await using var server = Server(certificates, exchange => exchange.OkAsync(_image));
        using var harness = Harness(certificates);
        await harness.FailAsync($"https://other.example:{server.Port}/");
        Assert.Empty(server.Heads);
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_authority_fails()
    {
        using var certificates = new TestCertificates();
        await using var server = Server(certificates, exchange => exchange.OkAsync(_image));
        using var harness = new FetchHarness(new FakeResolver(["127.0.0.1"]));
        await harness.FailAsync($"https://images.example:{server.Port}/");
        Assert.Empty(server.Heads);
    }

    [Fact]
    public async Task A_redirect_from_https_to_http_is_refused()
    {
        using var certificates = new TestCertificates();
        await using var plain = new LoopbackServer(exchange => exchange.OkAsync(_image));
        await using var server = Server(certificates, exchange => exchange.RedirectAsync(plain.Url("/")));
        using var harness = Harness(certificates);
        Assert.Contains("leaves https", await harness.FailAsync($"https://images.example:{server.Port}/"), StringComparison.Ordinal);
        Assert.Equal(0, plain.Connections);
    }

    [Fact]
    public async Task The_issuer_that_a_certificate_names_is_not_downloaded()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var certificates = new TestCertificates($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/issuer.crt");
        await using var server = Server(certificates, exchange => exchange.OkAsync(_image), sendIntermediate: false);
        using var harness = Harness(certificates);
        await harness.FailAsync($"https://images.example:{server.Port}/");
        Assert.False(listener.Pending());
    }

    private static LoopbackServer Server(TestCertificates certificates, Func<LoopbackExchange, Task> respond, bool sendIntermediate = true) =>
        new(respond, stream => certificates.ServeAsync(stream, sendIntermediate));

    private static FetchHarness Harness(TestCertificates certificates) =>
        new(new FakeResolver(["127.0.0.1"]), adjust: certificates.Trust);
}
