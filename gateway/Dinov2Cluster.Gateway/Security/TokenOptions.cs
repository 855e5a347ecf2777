using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Configures ASP.NET Core's check of bearer tokens. It fetches the issuer's metadata and keys when first needed, and for a token with a new key.</summary>
internal static class TokenOptions
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

    /// <summary>Applies the gateway's settings.</summary>
    public static void Set(JwtBearerOptions options, IOptions<AuthOptions> auth, TimeProvider time)
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
            LifetimeValidator = (begin, end, _, _) => IsValid(begin, end, time.GetUtcNow().UtcDateTime),
        };
    }

    private static bool IsValid(DateTime? begin, DateTime? end, DateTime now) =>
        end is not null && now < end + _clockSkew && (begin is null || now >= begin - _clockSkew);
}
