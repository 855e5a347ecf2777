using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Lets requests in whose sender is known. Every route needs that which doesn't say that it is for all (<c>AllowAnonymous</c>), unknown ones too.</summary>
internal sealed class AuthenticationMiddleware
{
    private readonly RequestDelegate _next;
    private readonly RequestAuthenticator _authenticator;
    private readonly SecurityMetrics _metrics;
    private readonly ILogger _logger;

    public AuthenticationMiddleware(
        RequestDelegate next,
        RequestAuthenticator authenticator,
        SecurityMetrics metrics,
        IOptions<AuthOptions> options,
        ILogger<AuthenticationMiddleware> logger)
    {
        (_next, _authenticator, _metrics, _logger) = (next, authenticator, metrics, logger);
        if (options.Value.Mode == AuthMode.Off)
        {
            SecurityLog.Off(logger);
        }
    }

    public async Task InvokeAsync(HttpContext context)
    {
        if (_authenticator.IsRequired && context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null)
        {
            var result = await _authenticator.AuthenticateAsync(context.Request.Headers, context.RequestAborted);
            if (result.Caller is not { } caller)
            {
                throw TurnAway(context, result);
            }

            caller.TakeRequest();
            context.Features.Set<ICaller>(caller);
        }

        await _next(context);
    }

    private EmbeddingException TurnAway(HttpContext context, AuthResult result)
    {
        _metrics.Failed(result.Failure);
        SecurityLog.TurnedAway(_logger, context.Connection.RemoteIpAddress, result.Failure, result.Detail);
        // https://www.rfc-editor.org/rfc/rfc6750#section-3
        context.Response.Headers.WWWAuthenticate = result.Failure switch
        {
            AuthFailure.Missing => "Bearer",
            AuthFailure.Forbidden => "Bearer error=\"insufficient_scope\"",
            _ => "Bearer error=\"invalid_token\"",
        };
        return result.Failure switch
        {
            AuthFailure.Forbidden => new(EmbeddingErrorKind.Forbidden),
            AuthFailure.ExpiredKey => EmbeddingException.Refused(EmbeddingErrorKind.Unauthenticated, "This API key has expired."),
            AuthFailure.ExpiredToken => EmbeddingException.Refused(EmbeddingErrorKind.Unauthenticated, "This token has expired, or is not valid yet."),
            _ => new(EmbeddingErrorKind.Unauthenticated),
        };
    }
}
