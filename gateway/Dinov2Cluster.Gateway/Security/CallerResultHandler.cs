using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Passes known callers on, within their request rate, and refuses all others in their protocol's form.</summary>
internal sealed class CallerResultHandler(SecurityMetrics metrics, ILogger<CallerResultHandler> logger) : IAuthorizationMiddlewareResultHandler
{
    /// <inheritdoc/>
    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (!authorizeResult.Succeeded)
        {
            throw Refuse(context, await FindFailureAsync(context, policy));
        }

        var caller = context.User.Identities.OfType<CallerIdentity>().First().Caller;
        caller.TakeRequest();
        context.Features.Set<ICaller>(caller);
        await next(context);
    }

    // The schemes remember their results.
    private static async Task<AuthFailedException> FindFailureAsync(HttpContext context, AuthorizationPolicy policy)
    {
        var worst = new AuthFailedException(AuthFailure.Missing);
        foreach (var scheme in policy.AuthenticationSchemes)
        {
            if ((await context.AuthenticateAsync(scheme)).Failure is AuthFailedException failed && failed.Failure > worst.Failure)
            {
                worst = failed;
            }
        }

        return worst;
    }

    private EmbeddingException Refuse(HttpContext context, AuthFailedException failed)
    {
        metrics.Failed(failed.Failure);
        if (failed.Failure == AuthFailure.IssuerUnreachable)
        {
            // Logged once, not once per request.
            return EmbeddingException.Refused(EmbeddingErrorKind.NoDevice, "The token issuer can't be reached now. Try again later.");
        }

        SecurityLog.Refused(logger, context.Connection.RemoteIpAddress, failed.Failure, failed.Detail);
        // https://www.rfc-editor.org/rfc/rfc6750#section-3
        context.Response.Headers.WWWAuthenticate = failed.Failure switch
        {
            AuthFailure.Missing => "Bearer",
            AuthFailure.Forbidden => "Bearer error=\"insufficient_scope\"",
            _ => "Bearer error=\"invalid_token\"",
        };
        return failed.Failure switch
        {
            AuthFailure.Forbidden => new(EmbeddingErrorKind.Forbidden),
            AuthFailure.ExpiredKey => EmbeddingException.Refused(EmbeddingErrorKind.Unauthenticated, "This API key has expired."),
            AuthFailure.ExpiredToken => EmbeddingException.Refused(EmbeddingErrorKind.Unauthenticated, "This token has expired, or is not valid yet."),
            _ => new(EmbeddingErrorKind.Unauthenticated),
        };
    }
}
