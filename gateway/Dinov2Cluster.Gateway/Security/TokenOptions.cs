using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Sets up ASP.NET Core's check of bearer tokens. The issuer's metadata and keys are fetched when first needed, and when a token has a new key.</summary>
internal sealed class TokenOptions(IOptions<AuthOptions> auth, TimeProvider time) : IConfigureNamedOptions<JwtBearerOptions>
{
    private static readonly TimeSpan _clockSkew = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _fetchTimeout = TimeSpan.FromSeconds(10);

    // No symmetric ones: whoever can check such a token can make one.
    private static readonly string[] _algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <inheritdoc/>
    public void Configure(JwtBearerOptions options) => Configure(TokenEvents.SchemeName, options);

    /// <inheritdoc/>
    public void Configure(string? name, JwtBearerOptions options)
    {
        var jwt = auth.Value.Jwt;
        options.Authority = jwt.Authority;
        options.MetadataAddress = jwt.MetadataAddress;
        options.RequireHttpsMetadata = jwt.RequireHttpsMetadata;
        options.Backchannel = new HttpClient { Timeout = _fetchTimeout, MaxResponseContentBufferSize = 1 << 20 };
        options.EventsType = typeof(TokenEvents);
        options.MapInboundClaims = false;
        options.SaveToken = false;
        options.TokenValidationParameters = new()
        {
            ValidAudience = jwt.Audience,
            ValidAlgorithms = _algorithms,
            LifetimeValidator = (begin, end, _, _) => IsValidNow(begin, end),
        };
    }

    private bool IsValidNow(DateTime? begin, DateTime? end)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return end is not null && now < end + _clockSkew && (begin is null || now >= begin - _clockSkew);
    }
}
