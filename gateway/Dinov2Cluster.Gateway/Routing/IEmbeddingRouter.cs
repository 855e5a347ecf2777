using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Sends crops to the devices that serve a model.</summary>
internal interface IEmbeddingRouter
{
    /// <summary>Names of the models that some device serves now, in ordinal order.</summary>
    IReadOnlyList<string> Models { get; }

    /// <summary>Finds a served model by name; null means the default one.</summary>
    bool TryGetModel(string? name, [NotNullWhen(true)] out ServedModel? model);

    /// <summary>The devices that serve a model now; none when it is no longer served.</summary>
    ImmutableArray<DeviceState> Devices(ServedModel model);

    /// <summary>Computes the features of the crops.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="crops">The crops. The caller holds the group, and releases it only when the task completed normally.</param>
    /// <param name="cancellationToken">Cancelled when the client is gone, the deadline passed or another row failed.</param>
    /// <exception cref="EmbeddingException">
    /// <see cref="EmbeddingErrorKind.NoDevice"/>, <see cref="EmbeddingErrorKind.Overloaded"/> (every device's queue is full),
    /// <see cref="EmbeddingErrorKind.DeadlineExceeded"/> or <see cref="EmbeddingErrorKind.Internal"/>.
    /// </exception>
    Task<GroupResult> EmbedAsync(RouteRequest request, CropGroup crops, CancellationToken cancellationToken);
}
