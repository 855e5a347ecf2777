using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Telemetry;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.Grpc;

/// <summary>Runs a call of any gRPC protocol: one deadline, errors as gRPC has them, and what is measured.</summary>
internal sealed class GrpcRunner(
    IEmbeddingRouter router, IOptions<GatewayOptions> options, GatewayMetrics metrics, TimeProvider time, ILogger<GrpcRunner> logger)
{
    /// <summary>Runs a unary call.</summary>
    /// <param name="protocol">Name for the metrics.</param>
    /// <param name="context">The call; its own deadline can shorten the gateway's, not lengthen it.</param>
    /// <param name="embed">Does the work.</param>
    /// <exception cref="RpcException">The work threw an <see cref="EmbeddingException"/>.</exception>
    public async Task<T> RunAsync<T>(string protocol, ServerCallContext context, Func<RequestDeadline, Task<T>> embed)
    {
        var start = time.GetTimestamp();
        string? failure = null;
        try
        {
            using var deadline = new RequestDeadline(time, Duration(context), context.CancellationToken);
            return await embed(deadline);
        }
        catch (Exception error) when (IsTold(error, context, out failure))
        {
            throw ToRpcException(error);
        }
        finally
        {
            metrics.RequestEnded(protocol, failure, time.GetElapsedTime(start).TotalSeconds);
        }
    }

    /// <summary>Runs a streaming call, which has no deadline but the client's. It measures its requests itself: only a failure of the whole stream is counted here.</summary>
    /// <param name="protocol">Name for the metrics.</param>
    /// <param name="context">The call.</param>
    /// <param name="embed">Does the work.</param>
    /// <exception cref="RpcException">The work threw an <see cref="EmbeddingException"/>.</exception>
    public async Task RunStreamAsync(string protocol, ServerCallContext context, Func<Task> embed)
    {
        var start = time.GetTimestamp();
        string? failure = null;
        try
        {
            await embed();
        }
        catch (Exception error) when (IsTold(error, context, out failure))
        {
            throw ToRpcException(error);
        }
        finally
        {
            if (failure is not null)
            {
                metrics.RequestEnded(protocol, failure, time.GetElapsedTime(start).TotalSeconds);
            }
        }
    }

    // Whether it must be put into gRPC's words, and somebody is still there to be told.
    private static bool IsTold(Exception error, ServerCallContext context, out string? failure)
    {
        failure = error switch
        {
            EmbeddingException known => EmbeddingErrorText.Reason(known.Kind),
            // From gRPC itself, which could not read a message.
            RpcException => EmbeddingErrorText.Reason(EmbeddingErrorKind.BadRequest),
            _ when context.CancellationToken.IsCancellationRequested => "client_disconnected",
            _ => EmbeddingErrorText.Reason(EmbeddingErrorKind.Internal),
        };
        return error is EmbeddingException || (error is not RpcException && !context.CancellationToken.IsCancellationRequested);
    }

    private RpcException ToRpcException(Exception error)
    {
        if (error is EmbeddingException known)
        {
            GatewayLog.Write(logger, known);
        }
        else
        {
            GatewayLog.RequestFailed(logger, error);
            known = new EmbeddingException(EmbeddingErrorKind.Internal);
        }

        return GrpcErrors.ToRpcException(known, router.Models);
    }

    private TimeSpan Duration(ServerCallContext context)
    {
        var longest = options.Value.Deadline;
        // Without a deadline it is the end of time.
        var left = context.Deadline - time.GetUtcNow().UtcDateTime;
        return left < longest ? TimeSpan.FromTicks(Math.Max(1, left.Ticks)) : longest;
    }
}
