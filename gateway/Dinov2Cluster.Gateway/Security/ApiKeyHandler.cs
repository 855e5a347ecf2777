using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>
/// The authentication scheme of API keys: in <c>Authorization: Bearer</c>, <c>api-key</c> (as Azure's services) or <c>x-api-key</c> (as other API gateways).
/// gRPC metadata are headers too. One good key is enough.
/// </summary>
internal sealed class ApiKeyHandler(
    ApiKeyStore keys, IOptions<AuthOptions> auth, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "ApiKey";

    private const string Bearer = "Bearer ";

    /// <summary>What a request brings as <c>Authorization: Bearer</c>; null for nothing. Other schemes, such as a proxy's own, are ignored.</summary>
    public static string? FindBearer(IHeaderDictionary headers) =>
        headers.Authorization is [{ } authorization] && authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : null;

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Check());

    private AuthenticateResult Check()
    {
        AuthFailedException? failed = null;
        foreach (var (text, isBearer) in ((string?, bool)[])[(FindBearer(Request.Headers), true), (Find("api-key"), false), (Find("x-api-key"), false)])
        {
            if (text is null)
            {
                continue;
            }

            var key = keys.Keys.Find(text);
            if (key is not null && (key.ExpiresAt is null || key.ExpiresAt > TimeProvider.GetUtcNow()))
            {
                return AuthenticateResult.Success(new(key.Caller.Principal, Scheme.Name));
            }

            if (key is not null)
            {
                failed = new(AuthFailure.ExpiredKey, key.Name);
            }
            else if (!(isBearer && auth.Value.Jwt.IsConfigured && TokenEvents.IsToken(text)))
            {
                failed ??= new(AuthFailure.UnknownKey);
            }
        }

        return failed is null ? AuthenticateResult.NoResult() : AuthenticateResult.Fail(failed);
    }

    private string? Find(string header) => Request.Headers[header] is [{ } value] ? value.Trim() : null;
}
