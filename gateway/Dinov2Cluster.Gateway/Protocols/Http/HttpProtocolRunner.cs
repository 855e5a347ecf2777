using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>Runs a request of any HTTP protocol: one deadline for body and pipeline, errors in the protocol's form, and metrics.</summary>
internal sealed class HttpProtocolRunner(
    EmbeddingPipeline pipeline,
    BodyBudget bodies,
    IOptions<GatewayOptions> options,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<HttpProtocolRunner> logger)
{
    /// <summary>Answers the request.</summary>
    public async Task RunAsync(HttpContext context, IHttpProtocol protocol)
    {
        var start = time.GetTimestamp();
        RequestFailure? failure = RequestFailure.Of(EmbeddingErrorKind.Internal);
        try
        {
            failure = await RunWithErrorsAsync(context, protocol);
        }
        catch (BadHttpRequestException)
        {
            failure = RequestFailure.Of(EmbeddingErrorKind.BadRequest);
            throw;
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            failure = RequestFailure.ClientDisconnected;
            throw;
        }
        finally
        {
            metrics.RequestEnded(protocol.Name, failure, time.GetElapsedTime(start).TotalSeconds);
        }
    }

    // Returns the failure, or null.
    private async Task<RequestFailure?> RunWithErrorsAsync(HttpContext context, IHttpProtocol protocol)
    {
        try
        {
            await EmbedAsync(context, protocol);
            return null;
        }
        catch (EmbeddingException exception)
        {
            GatewayLog.Write(logger, exception);
            EmbeddingHeaders.WriteRetryAfter(context.Response.Headers, exception);
            await protocol.WriteErrorAsync(context, exception);
            return RequestFailure.Of(exception);
        }
    }

    private async Task EmbedAsync(HttpContext context, IHttpProtocol protocol)
    {
        var (http, response) = (context.Request, context.Response);
        protocol.Begin(context);
        var duration = EmbeddingHeaders.ReadDeadline(http.Headers, options.Value.Deadline);
        var priority = EmbeddingHeaders.ReadPriority(http.Headers);
        using var deadline = new RequestDeadline(time, duration, context.RequestAborted, isCallers: duration < options.Value.Deadline);
        ProtocolRequest request;
        EmbeddingResult result;
        try
        {
            using var body = await ReadBodyAsync(http, deadline);
            request = protocol.Read(http, body.Memory);
            result = await pipeline.EmbedAsync(new EmbeddingRequest(
                pipeline.FindModel(request.Model), request.Images, request.Options, priority, deadline, context.Features.Get<ICaller>()));
        }
        catch (EmbeddingException exception) when (deadline.IsCallersFault(exception))
        {
            throw EmbeddingException.CallersDeadline(exception);
        }

        response.StatusCode = StatusCodes.Status200OK;
        EmbeddingHeaders.WriteTimings(response.Headers, result.Timings);
        if (result.Cache is { } counts)
        {
            EmbeddingHeaders.WriteCache(response.Headers, counts);
        }

        await protocol.WriteAsync(context, request, result);
    }

    private async Task<BodyBudget.ByteLease> ReadBodyAsync(HttpRequest request, RequestDeadline deadline)
    {
        try
        {
            return await RequestBody.ReadAsync(request, bodies, options.Value.MaxBodyBytes, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            deadline.ThrowIfOver();
            throw;
        }
    }
}

/// <summary>Adds protocols to the gateway.</summary>
internal static class HttpProtocolExtensions
{
    /// <summary>Adds a protocol, and its form of errors.</summary>
    public static IServiceCollection AddProtocol<TProtocol>(this IServiceCollection services)
        where TProtocol : class, IHttpProtocol =>
        services.AddSingleton<TProtocol>().AddSingleton<IErrorForm>(provider => provider.GetRequiredService<TProtocol>());

    /// <summary>Answers <c>POST</c> requests of a protocol. Routing answers other methods with 405.</summary>
    public static IEndpointConventionBuilder MapProtocol<TProtocol>(this IEndpointRouteBuilder routes, string pattern)
        where TProtocol : class, IHttpProtocol
    {
        var runner = routes.ServiceProvider.GetRequiredService<HttpProtocolRunner>();
        var protocol = routes.ServiceProvider.GetRequiredService<TProtocol>();
        return routes.MapPost(pattern, context => runner.RunAsync(context, protocol));
    }
}

/// <summary>Marks a route for operators, which answers at <see cref="GatewayOptions.ManagementUrl"/> if that is set.</summary>
/// <param name="IsPublicToo">Whether it answers at the other addresses too.</param>
internal sealed record ManagementRoute(bool IsPublicToo);
