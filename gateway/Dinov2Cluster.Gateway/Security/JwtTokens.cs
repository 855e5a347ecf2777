using Dinov2Cluster.Gateway.Errors;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Checks bearer tokens against the metadata and keys of their issuer, which are fetched when first needed and when a token has a new key.</summary>
internal sealed class JwtTokens : IDisposable
{
    // No symmetric ones: whoever checks such a token could make it.
    private static readonly string[] _algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private static readonly string[] _scopeClaims = ["scope", "scp"];
    private static readonly string[] _roleClaims = ["roles", "role"];
    private static readonly TimeSpan _clockSkew = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _fetchTimeout = TimeSpan.FromSeconds(10);

    private readonly JwtOptions _options;
    private readonly JwtCallers _callers;
    private readonly TimeProvider _time;
    private readonly HttpClient _http = new() { Timeout = _fetchTimeout, MaxResponseContentBufferSize = 1 << 20 };
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };
    private readonly ConfigurationManager<OpenIdConnectConfiguration> _metadata;
    private readonly TokenValidationParameters _parameters;

    public JwtTokens(IOptions<AuthOptions> options, JwtCallers callers, TimeProvider time)
    {
        (_options, _callers, _time) = (options.Value.Jwt, callers, time);
        var address = _options.MetadataAddress.Length > 0 ? _options.MetadataAddress : _options.Authority.TrimEnd('/') + "/.well-known/openid-configuration";
        _metadata = new(address, new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever(_http) { RequireHttps = _options.RequireHttpsMetadata });
        _parameters = new TokenValidationParameters
        {
            ConfigurationManager = _metadata,
            ValidAudience = _options.Audience,
            ValidAlgorithms = _algorithms,
            LifetimeValidator = (begin, end, _, _) => IsNow(begin, end),
        };
    }

    /// <summary>Who a token names.</summary>
    /// <exception cref="EmbeddingException">The issuer's metadata can't be had: <see cref="EmbeddingErrorKind.Internal"/>.</exception>
    public async Task<AuthResult> CheckAsync(string token, CancellationToken cancellationToken)
    {
        try
        {
            await _metadata.GetConfigurationAsync(cancellationToken);
        }
        catch (InvalidOperationException error)
        {
            throw new EmbeddingException(EmbeddingErrorKind.Internal, "The token issuer's metadata can't be had.", innerException: error);
        }

        // A copy, since the handler notes in it that it has fetched the keys anew.
        var result = await _handler.ValidateTokenAsync(token, _parameters.Clone());
        return result switch
        {
            { IsValid: true } => Name((JsonWebToken)result.SecurityToken),
            { Exception: SecurityTokenInvalidLifetimeException } => AuthResult.Failed(AuthFailure.ExpiredToken),
            _ => AuthResult.Failed(AuthFailure.BadToken, result.Exception?.GetType().Name),
        };
    }

    public void Dispose() => _http.Dispose();

    private AuthResult Name(JsonWebToken token)
    {
        if (_options.RequiredScope.Length > 0 && !Has(token, _scopeClaims, _options.RequiredScope))
        {
            return AuthResult.Failed(AuthFailure.Forbidden, "without the scope");
        }

        if (_options.RequiredRole.Length > 0 && !Has(token, _roleClaims, _options.RequiredRole))
        {
            return AuthResult.Failed(AuthFailure.Forbidden, "without the role");
        }

        return token.TryGetPayloadValue<string>(_options.NameClaim, out var name) && !string.IsNullOrEmpty(name)
            ? new AuthResult(_callers.Find(name))
            : AuthResult.Failed(AuthFailure.BadToken, "without the claim that names the caller");
    }

    // Scopes are words of one string (RFC 8693, 4.2) or items of a list, roles are items.
    private static bool Has(JsonWebToken token, string[] claims, string wanted) => token.Claims
        .Where(claim => claims.Contains(claim.Type, StringComparer.Ordinal))
        .SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Contains(wanted, StringComparer.Ordinal);

    private bool IsNow(DateTime? begin, DateTime? end)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return end is not null && now < end + _clockSkew && (begin is null || now >= begin - _clockSkew);
    }
}
