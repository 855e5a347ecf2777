using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

/// <summary>A root, an intermediate and a server certificate for <c>images.example</c>.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset _from = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset _until = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509Certificate2 _intermediate;
    private readonly X509Certificate2 _leaf;

    /// <param name="issuerUrl">The download URL of the issuer's certificate in the server certificate.</param>
    public TestCertificates(string? issuerUrl = null)
    {
        Root = Authority("CN=root", issuer: null, serial: 1);
        _intermediate = Authority("CN=intermediate", Root, serial: 2);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=images.example", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("images.example");
        request.CertificateExtensions.Add(names.Build());
        if (issuerUrl is not null)
        {
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, caIssuersUris: [issuerUrl]));
        }

        using var bare = request.Create(_intermediate, _from, _until, [3]);
        _leaf = bare.CopyWithPrivateKey(key);
    }

    public X509Certificate2 Root { get; }

    /// <summary>Makes the server's end of a TLS connection.</summary>
    public async Task<Stream> ServeAsync(Stream stream, bool sendIntermediate)
    {
        X509Certificate2Collection chain = sendIntermediate ? [_intermediate] : [];
        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            // Offline, because otherwise this end would do the download that the test detects.
            ServerCertificateContext = SslStreamCertificateContext.Create(_leaf, chain, offline: true),
        });
        return tls;
    }

    /// <summary>Makes a client trust the root and nothing else.</summary>
    public void Trust(SocketsHttpHandler handler)
    {
        var policy = handler.SslOptions.CertificateChainPolicy!;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.Add(Root);
    }

    public void Dispose()
    {
        Root.Dispose();
        _intermediate.Dispose();
        _leaf.Dispose();
    }

    private static X509Certificate2 Authority(string name, X509Certificate2? issuer, byte serial)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        if (issuer is null)
        {
            return request.CreateSelfSigned(_from, _until);
        }

        using var bare = request.Create(issuer, _from, _until, [serial]);
        return bare.CopyWithPrivateKey(key);
    }
}
