using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
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
        var failure = EmbeddingErrorText.Reason(EmbeddingErrorKind.Internal);
        try
        {
            using var deadline = new RequestDeadline(time, Duration(context), context.CancellationToken);
            var reply = await embed(deadline);
            failure = null;
            return reply;
        }
        catch (EmbeddingException error)
        {
            failure = EmbeddingErrorText.Reason(error.Kind);
            GatewayLog.Write(logger, error);
            throw GrpcErrors.ToRpcException(error, router.Models);
        }
        catch (Exception) when (context.CancellationToken.IsCancellationRequested)
        {
            failure = "client_disconnected";
            throw;
        }
        catch (Exception error)
        {
            GatewayLog.RequestFailed(logger, error);
            throw GrpcErrors.ToRpcException(new EmbeddingException(EmbeddingErrorKind.Internal), router.Models);
        }
        finally
        {
            metrics.RequestEnded(protocol, failure, time.GetElapsedTime(start).TotalSeconds);
        }
    }

    private TimeSpan Duration(ServerCallContext context)
    {
        var longest = options.Value.Deadline;
        // Without a deadline it is the end of time.
        var left = context.Deadline - time.GetUtcNow().UtcDateTime;
        return left < longest ? TimeSpan.FromTicks(Math.Max(1, left.Ticks)) : longest;
    }
}
