using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Finds out who sent a request.</summary>
internal sealed class RequestAuthenticator(ApiKeyStore keys, JwtTokens tokens, IOptions<AuthOptions> options, TimeProvider time)
{
    /// <summary>Whether requests must say who sent them.</summary>
    public bool IsRequired => options.Value.Mode switch
    {
        AuthMode.Off => false,
        AuthMode.Required => true,
        _ => options.Value.HasSource || keys.HasHadKeys,
    };

    /// <summary>Checks the credentials of a request; one that is good is enough.</summary>
    public async ValueTask<AuthResult> AuthenticateAsync(IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        AuthResult? failed = null;
        foreach (var credential in Credential.ReadAll(headers))
        {
            var result = CheckKey(credential.Text) ?? (options.Value.Jwt.IsConfigured && credential.LooksLikeToken
                ? await tokens.CheckAsync(credential.Text, cancellationToken)
                : AuthResult.Failed(AuthFailure.UnknownKey));
            if (result.Caller is not null)
            {
                return result;
            }

            failed ??= result;
        }

        return failed ?? AuthResult.Failed(AuthFailure.Missing);
    }

    private AuthResult? CheckKey(string text) => keys.Keys.Find(text) switch
    {
        null => null,
        { ExpiresAt: { } end, Name: var name } when end <= time.GetUtcNow() => AuthResult.Failed(AuthFailure.ExpiredKey, name),
        { Caller: var caller } => new AuthResult(caller),
    };
}
