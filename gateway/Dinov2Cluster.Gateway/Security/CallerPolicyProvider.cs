using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>The policy of every route without <c>AllowAnonymous</c>, and of unknown routes: a key or token, as soon as there are any.</summary>
internal sealed class CallerPolicyProvider : IAuthorizationPolicyProvider
{
    private readonly AuthorizationPolicy _policy;
    private readonly AuthOptions _auth;
    private readonly ApiKeyStore _keys;

    public CallerPolicyProvider(IOptions<AuthOptions> auth, ApiKeyStore keys, ILogger<CallerPolicyProvider> logger)
    {
        (_auth, _keys) = (auth.Value, keys);
        _policy = new AuthorizationPolicyBuilder(_auth.Jwt.IsConfigured ? [ApiKeyHandler.SchemeName, TokenEvents.SchemeName] : [ApiKeyHandler.SchemeName])
            .RequireAuthenticatedUser().Build();
        if (_auth.Mode == AuthMode.Off)
        {
            SecurityLog.Off(logger);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A policy that applies once applies for good: see <see cref="ApiKeyStore.HasHadKeys"/>.</remarks>
    public bool AllowsCachingPolicies => true;

    /// <inheritdoc/>
    public Task<AuthorizationPolicy?> GetFallbackPolicyAsync() =>
        Task.FromResult(_auth.Mode == AuthMode.Required || (_auth.Mode == AuthMode.Auto && (_auth.HasSource || _keys.HasHadKeys)) ? _policy : null);

    /// <inheritdoc/>
    public Task<AuthorizationPolicy> GetDefaultPolicyAsync() => Task.FromResult(_policy);

    /// <inheritdoc/>
    public Task<AuthorizationPolicy?> GetPolicyAsync(string policyName) => Task.FromResult<AuthorizationPolicy?>(null);
}
