using Dinov2Cluster.Client.Retry;
using Dinov2Cluster.Client.Settings;
using Dinov2Cluster.Client.Transport;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Client.Bulk;

/// <summary>What every run of a client shares.</summary>
internal sealed record BulkServices(
    ClientSettings Settings, IEmbedTransport Transport, RetryPolicy Retry, RetryingSender Sender, TimeProvider Time, ILogger Logger);
