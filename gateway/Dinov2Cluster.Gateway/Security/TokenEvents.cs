using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Adds to ASP.NET Core's check of bearer tokens: required scopes and roles, the caller, and an issuer that can't be reached.</summary>
internal sealed class TokenEvents(IOptions<AuthOptions> auth, JwtCallers callers, ILogger<TokenEvents> logger) : JwtBearerEvents
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "Token";

    private static readonly string[] _scopeClaims = ["scope", "scp"];
    private static readonly string[] _roleClaims = ["roles", "role"];

    private readonly JwtOptions _options = auth.Value.Jwt;
    private readonly Lock _lock = new();
    private Task<OpenIdConnectConfiguration>? _metadata;
    private int _isUnreachable;

    /// <summary>Whether a text has the three parts of a signed JSON Web Token.</summary>
    public static bool IsToken(string text) => text.AsSpan().Count('.') == 2;

    /// <inheritdoc/>
    public override async Task MessageReceived(MessageReceivedContext context)
    {
        context.Token = ApiKeyHandler.FindBearer(context.Request.Headers) is { } bearer && IsToken(bearer) ? bearer : null;
        // An open route, or a request with a good key, does not need the issuer.
        if (context.Token is null
            || context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null
            || (await context.HttpContext.AuthenticateAsync(ApiKeyHandler.SchemeName)).Succeeded)
        {
            context.NoResult();
        }
        else if (!await IsIssuerReachableAsync(context.Options.ConfigurationManager!, context.HttpContext.RequestAborted))
        {
            context.Fail(new AuthFailedException(AuthFailure.IssuerUnreachable));
        }
    }

    /// <inheritdoc/>
    public override Task AuthenticationFailed(AuthenticationFailedContext context)
    {
        context.Fail(context.Exception is SecurityTokenInvalidLifetimeException
            ? new AuthFailedException(AuthFailure.ExpiredToken)
            : new AuthFailedException(AuthFailure.BadToken, context.Exception.GetType().Name));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task TokenValidated(TokenValidatedContext context)
    {
        var token = context.Principal!;
        if (!Has(token, _scopeClaims, _options.RequiredScope))
        {
            context.Fail(new AuthFailedException(AuthFailure.Forbidden, "without the scope"));
        }
        else if (!Has(token, _roleClaims, _options.RequiredRole))
        {
            context.Fail(new AuthFailedException(AuthFailure.Forbidden, "without the role"));
        }
        else if (token.FindFirst(_options.NameClaim)?.Value is { Length: > 0 } name)
        {
            context.Principal = callers.Find(name).Principal;
        }
        else
        {
            context.Fail(new AuthFailedException(AuthFailure.BadToken, "without the claim that names the caller"));
        }

        return Task.CompletedTask;
    }

    // Scopes are words of one string (RFC 8693, 4.2) or items of a list, roles are items.
    private static bool Has(ClaimsPrincipal token, string[] claims, string required) => required.Length == 0 || token.Claims
        .Where(claim => claims.Contains(claim.Type, StringComparer.Ordinal))
        .SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Contains(required, StringComparer.Ordinal);

    // The token handler itself takes missing metadata for a token with an unknown key.
    private async Task<bool> IsIssuerReachableAsync(IConfigurationManager<OpenIdConnectConfiguration> manager, CancellationToken cancellationToken)
    {
        Task<OpenIdConnectConfiguration> metadata;
        lock (_lock)
        {
            // Requests share a fetch: one after the other, they would wait for the timeout of each before them.
            _metadata = metadata = _metadata is { IsCompleted: false } ? _metadata : manager.GetConfigurationAsync(CancellationToken.None);
        }

        await ((Task)metadata.WaitAsync(cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (metadata.IsCompletedSuccessfully && Interlocked.Exchange(ref _isUnreachable, 0) == 1)
        {
            SecurityLog.IssuerBack(logger);
        }
        else if (metadata.IsFaulted && Interlocked.Exchange(ref _isUnreachable, 1) == 0)
        {
            SecurityLog.IssuerUnreachable(logger, metadata.Exception.GetBaseException());
        }

        return metadata.IsCompletedSuccessfully;
    }
}
