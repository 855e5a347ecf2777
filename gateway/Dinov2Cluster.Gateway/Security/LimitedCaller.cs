using System.Globalization;
using System.Security.Claims;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>A caller as ASP.NET Core's authentication passes it on.</summary>
internal sealed class CallerIdentity(LimitedCaller caller) : ClaimsIdentity(authenticationType: "Caller")
{
    /// <summary>The caller.</summary>
    public LimitedCaller Caller => caller;
}

/// <summary>Makes callers.</summary>
internal sealed class CallerFactory(IOptions<GatewayOptions> options, SecurityMetrics metrics, TimeProvider time)
{
    /// <summary>A caller without any requests so far.</summary>
    /// <param name="tag">Its name in the metrics.</param>
    /// <param name="limits">How much it may ask for.</param>
    public LimitedCaller Create(string tag, CallerLimits limits) => new(tag, limits, options.Value.MaxImagesPerRequest, metrics, time);
}

/// <summary>Who a key or token stands for, and what they have asked for so far.</summary>
internal sealed class LimitedCaller : ICaller
{
    private readonly Lock _lock = new();
    private readonly string _tag;
    private readonly SecurityMetrics _metrics;
    private readonly TokenBucket? _requests;
    private readonly TokenBucket? _images;
    private readonly ImageQuota? _quota;

    /// <param name="tag">The caller's name in the metrics.</param>
    /// <param name="limits">How much they may ask for.</param>
    /// <param name="largestRequest">Most images of one request: the rate must admit it, however low the rate is.</param>
    /// <param name="metrics">Counts images and refusals.</param>
    /// <param name="time">The clock.</param>
    public LimitedCaller(string tag, CallerLimits limits, int largestRequest, SecurityMetrics metrics, TimeProvider time)
    {
        (_tag, Limits, _metrics, Principal) = (tag, limits, metrics, new(new CallerIdentity(this)));
        _requests = limits.RequestsPerSecond is { } requests ? new(requests, (int)Math.Ceiling(requests), time) : null;
        _images = limits.ImagesPerSecond is { } images ? new(images, Math.Max((int)Math.Ceiling(images), largestRequest), time) : null;
        _quota = limits.ImageQuota is { } quota ? new(quota, limits.QuotaPeriod, time) : null;
    }

    /// <summary>How much they may ask for.</summary>
    public CallerLimits Limits { get; }

    /// <summary>The user of a request with this caller's key or token.</summary>
    public ClaimsPrincipal Principal { get; }

    /// <summary>Whether this caller's limits are as unused as a new caller's.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _requests?.IsFull != false && _images?.IsFull != false && _quota?.IsUnused != false;
            }
        }
    }

    /// <summary>Counts a request, before its body is read.</summary>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.RateLimited"/>, with the time to wait.</exception>
    public void TakeRequest()
    {
        lock (_lock)
        {
            ThrowIf(
                EmbeddingErrorKind.RateLimited,
                _requests?.Wait(1),
                static limits => $"The rate limit of this API key ({limits.RequestsPerSecond} requests per second) is reached.");
            _requests?.Take(1);
        }
    }

    /// <inheritdoc/>
    public void Take(int images)
    {
        // Waiting can't help.
        if (images > _images?.Capacity || images > _quota?.Limit)
        {
            var most = Math.Min(_images?.Capacity ?? long.MaxValue, _quota?.Limit ?? long.MaxValue);
            throw EmbeddingException.Refused(EmbeddingErrorKind.TooManyImages, string.Create(
                CultureInfo.InvariantCulture, $"The request holds {images} images; this API key may ask for at most {most} at once."));
        }

        lock (_lock)
        {
            // All or nothing. The quota first: its wait is longer.
            ThrowIf(
                EmbeddingErrorKind.QuotaExceeded,
                _quota?.Wait(images),
                static limits => $"The image quota of this API key ({limits.ImageQuota} per {limits.QuotaPeriod}) is used up.");
            ThrowIf(
                EmbeddingErrorKind.RateLimited,
                _images?.Wait(images),
                static limits => $"The rate limit of this API key ({limits.ImagesPerSecond} images per second) is reached.");
            _quota?.Take(images);
            _images?.Take(images);
        }

        _metrics.ImagesTaken(_tag, images);
    }

    private void ThrowIf(EmbeddingErrorKind kind, TimeSpan? wait, Func<CallerLimits, FormattableString> text)
    {
        if (wait > TimeSpan.Zero)
        {
            _metrics.Rejected(_tag, kind);
            throw EmbeddingException.Refused(
                kind, $"{text(Limits).ToString(CultureInfo.InvariantCulture)} Try again after the seconds in 'Retry-After'.", retryAfter: wait);
        }
    }
}

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
