using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Dinov2Cluster.Gateway.Tests.Security;

/// <summary>An OpenID Connect issuer on loopback: its metadata, its keys, and the tokens that it signs.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    // Making them is what takes the time.
    private static readonly RSA[] _pairs = [RSA.Create(2048), RSA.Create(2048), RSA.Create(2048)];

    private readonly WebApplication _app;
    private readonly List<RSA> _keys = [];

    private TokenIssuer(WebApplication app) => _app = app;

    /// <summary>A key that it never publishes.</summary>
    public static RSA Stranger => _pairs[^1];

    /// <summary>Its address, and its name in tokens.</summary>
    public string Authority => _app.Urls.First();

    /// <summary>Whether it answers.</summary>
    public bool IsUp { get; set; } = true;

    public static async Task<TokenIssuer> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var issuer = new TokenIssuer(app);
        issuer.AddKey();
        app.MapGet("/.well-known/openid-configuration", () => issuer.IsUp
            ? Results.Json(new { issuer = issuer.Authority, jwks_uri = issuer.Authority + "/keys" })
            : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
        app.MapGet("/keys", () => Results.Json(new { keys = issuer._keys.Select(key => issuer.Public(key)) }));
        await app.StartAsync(cancellationToken);
        return issuer;
    }

    /// <summary>Publishes one more key; tokens are signed with the last one.</summary>
    public void AddKey() => _keys.Add(_pairs[_keys.Count]);

    /// <summary>A signed token. Its claims are subject, audience and lifetime, unless <paramref name="change"/> does otherwise.</summary>
    public string Token(DateTimeOffset now, Action<Dictionary<string, object>>? change = null, SigningCredentials? signing = null)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [JwtRegisteredClaimNames.Iss] = Authority,
            [JwtRegisteredClaimNames.Aud] = "dinov2",
            [JwtRegisteredClaimNames.Sub] = "client-1",
            [JwtRegisteredClaimNames.Nbf] = now.ToUnixTimeSeconds(),
            [JwtRegisteredClaimNames.Exp] = now.AddMinutes(10).ToUnixTimeSeconds(),
        };
        change?.Invoke(claims);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            SigningCredentials = signing ?? Signing(_keys[^1]),
        });
    }

    /// <summary>How a key signs; a key that isn't published is named as the one that is.</summary>
    public SigningCredentials Signing(RSA key)
    {
        var id = Math.Max(0, _keys.IndexOf(key)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new(new RsaSecurityKey(key) { KeyId = id }, SecurityAlgorithms.RsaSha256);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private object Public(RSA key)
    {
        var numbers = key.ExportParameters(includePrivateParameters: false);
        return new
        {
            kty = "RSA",
            use = "sig",
            kid = _keys.IndexOf(key).ToString(System.Globalization.CultureInfo.InvariantCulture),
            n = Base64UrlEncoder.Encode(numbers.Modulus),
            e = Base64UrlEncoder.Encode(numbers.Exponent),
        };
    }
}
