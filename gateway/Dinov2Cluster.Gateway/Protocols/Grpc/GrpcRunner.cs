using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Telemetry;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.Grpc;

/// <summary>Runs a call of any gRPC protocol: one deadline, errors in gRPC's form, and metrics.</summary>
internal sealed class GrpcRunner(
    IEmbeddingRouter router, IOptions<GatewayOptions> options, GatewayMetrics metrics, TimeProvider time, ILogger<GrpcRunner> logger)
{
    /// <summary>Runs a unary call.</summary>
    /// <param name="protocol">Name for the metrics.</param>
    /// <param name="context">The call; its own deadline can shorten the gateway's, not lengthen it.</param>
    /// <param name="embed">Does the work.</param>
    /// <exception cref="RpcException">The work threw an <see cref="EmbeddingException"/>.</exception>
    public Task<T> RunAsync<T>(string protocol, ServerCallContext context, Func<RequestDeadline, Task<T>> embed) => RunAsync(protocol, context, isStream: false, async () =>
    {
        var duration = Duration(context);
        using var deadline = new RequestDeadline(time, duration, context.CancellationToken, isCallers: duration < options.Value.Deadline);
        try
        {
            return await embed(deadline);
        }
        catch (EmbeddingException exception) when (deadline.IsCallersFault(exception))
        {
            throw EmbeddingException.CallersDeadline(exception);
        }
    });

    /// <summary>Runs a streaming call, which has only the client's deadline. The stream measures its requests; only a failure of the whole stream is counted here.</summary>
    /// <param name="protocol">Name for the metrics.</param>
    /// <param name="context">The call.</param>
    /// <param name="embed">Does the work.</param>
    /// <exception cref="RpcException">The work threw an <see cref="EmbeddingException"/>.</exception>
    public Task RunStreamAsync(string protocol, ServerCallContext context, Func<Task> embed) => RunAsync(protocol, context, isStream: true, async () =>
    {
        await embed();
        return true;
    });

    private async Task<T> RunAsync<T>(string protocol, ServerCallContext context, bool isStream, Func<Task<T>> embed)
    {
        var start = time.GetTimestamp();
        RequestFailure? failure = null;
        try
        {
            return await embed();
        }
        catch (Exception exception) when (IsReported(exception, context, out failure))
        {
            throw ToRpcException(exception);
        }
        finally
        {
            if (!isStream || failure is not null)
            {
                metrics.RequestEnded(protocol, failure, time.GetElapsedTime(start).TotalSeconds);
            }
        }
    }

    // Whether it becomes gRPC's own exception, for a client that is still there.
    private static bool IsReported(Exception exception, ServerCallContext context, out RequestFailure? failure)
    {
        failure = exception switch
        {
            EmbeddingException known => RequestFailure.Of(known),
            // gRPC itself could not read a message.
            RpcException => RequestFailure.Of(EmbeddingErrorKind.BadRequest),
            _ when context.CancellationToken.IsCancellationRequested => RequestFailure.ClientDisconnected,
            _ => RequestFailure.Of(EmbeddingErrorKind.Internal),
        };
        return exception is EmbeddingException || (exception is not RpcException && !context.CancellationToken.IsCancellationRequested);
    }

    private RpcException ToRpcException(Exception exception)
    {
        if (exception is EmbeddingException known)
        {
            GatewayLog.Write(logger, known);
        }
        else
        {
            GatewayLog.RequestFailed(logger, exception);
            known = new EmbeddingException(EmbeddingErrorKind.Internal);
        }

        return GrpcErrors.ToRpcException(known, router.Models);
    }

    private TimeSpan Duration(ServerCallContext context)
    {
        var longest = options.Value.Deadline;
        // Without a deadline it is DateTime.MaxValue.
        var left = context.Deadline - time.GetUtcNow().UtcDateTime;
        return left < longest ? TimeSpan.FromTicks(Math.Max(1, left.Ticks)) : longest;
    }
}
