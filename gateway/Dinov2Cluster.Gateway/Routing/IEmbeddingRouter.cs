using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Sends crops to the devices that serve a model.</summary>
internal interface IEmbeddingRouter
{
    /// <summary>Names of the served models, in ordinal order.</summary>
    IReadOnlyList<string> Models { get; }

    /// <summary>Finds a served model by name; null means the default one.</summary>
    bool TryGetModel(string? name, [NotNullWhen(true)] out ServedModel? model);

    /// <summary>The devices that serve a model now; none when it is no longer served.</summary>
    ImmutableArray<DeviceState> Devices(ServedModel model);

    /// <summary>Computes the features of the crops.</summary>
    /// <param name="request">Model, output, priority and deadline.</param>
    /// <param name="crops">The crops. The caller holds the group, and releases it only when the task completed normally.</param>
    /// <param name="cancellationToken">Canceled when the client is gone, the deadline passed or another row failed.</param>
    /// <exception cref="EmbeddingException">
    /// <see cref="EmbeddingErrorKind.NoDevice"/>, <see cref="EmbeddingErrorKind.Overloaded"/> (every device's queue is full),
    /// <see cref="EmbeddingErrorKind.DeadlineExceeded"/> or <see cref="EmbeddingErrorKind.Internal"/>.
    /// </exception>
    Task<GroupResult> EmbedAsync(RouteRequest request, CropGroup crops, CancellationToken cancellationToken);
}

/// <summary>What a group of crops needs.</summary>
/// <param name="Model">A model from <see cref="IEmbeddingRouter.TryGetModel"/>.</param>
/// <param name="Output">Requested features; the model gives them.</param>
/// <param name="Priority">Priority in the devices' queues.</param>
/// <param name="Deadline"><see cref="TimeProvider"/> timestamp of the deadline.</param>
internal sealed record RouteRequest(ServedModel Model, Output Output, Priority Priority, long Deadline)
{
    /// <summary>Features of each crop.</summary>
    public int FeaturesPerImage { get; } = Model.FeaturesPerImage(Output);
}

/// <summary>A model that a device serves now, and what the gateway needs to prepare its input.</summary>
/// <param name="Name">Name of the model's directory in the repository.</param>
/// <param name="EmbeddingSize">Features per vector.</param>
/// <param name="ShortestEdge">Shorter edge after the resize, in pixels.</param>
/// <param name="CropSize">Edge of the square center crop, in pixels.</param>
/// <param name="Checksum">Identifies the exact weights: devices with the same checksum give the same features.</param>
/// <param name="PatchTokens">Patch tokens per image; 0 when the model gives the CLS token only.</param>
/// <param name="Normalization">How the model normalizes pixels.</param>
internal sealed record ServedModel(
    string Name, int EmbeddingSize, int ShortestEdge, int CropSize, string Checksum, int PatchTokens, PixelNormalization Normalization)
{
    /// <summary>Whether the model gives an output.</summary>
    public bool Gives(Output output) => output == Output.Cls || PatchTokens > 0;

    /// <summary>Features that an image gives.</summary>
    public int FeaturesPerImage(Output output) => output.Vectors(PatchTokens) * output.Dimensions(EmbeddingSize);
}
