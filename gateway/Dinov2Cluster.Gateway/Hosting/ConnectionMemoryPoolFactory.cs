using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Gives the web server <see cref="ConnectionMemoryPool"/>s.</summary>
internal sealed class ConnectionMemoryPoolFactory : IMemoryPoolFactory<byte>
{
    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new ConnectionMemoryPool();
}
