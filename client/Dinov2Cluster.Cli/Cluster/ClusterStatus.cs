using System.Text.Json.Serialization;

namespace Dinov2Cluster.Cli.Cluster;

/// <summary>The answer of a gateway to <c>GET /cluster</c>, as far as it is shown.</summary>
internal sealed record ClusterStatus(GatewayStatus Gateway, IReadOnlyList<SiloStatus> Silos, IReadOnlyList<ModelStatus> Models);

/// <summary>The gateway that answers: its unanswered images, and how many of them are at a device.</summary>
internal sealed record GatewayStatus(string Version, bool Draining, long ImagesAdmitted, long ImagesInFlight);

internal sealed record SiloStatus(string Name, string? Address, string State, DateTimeOffset Since, IReadOnlyList<DeviceStatus> Devices);

/// <summary>One model on one device.</summary>
internal sealed record DeviceStatus(
    string Id,
    string Model,
    string State,
    long QueueDepth,
    long Computing,
    long ImagesInFlight,
    long BestBatch,
    double PredictedImagesPerSecond,
    double ImagesPerSecond);

internal sealed record ModelStatus(string Name, long EmbeddingSize, long Devices, double PredictedImagesPerSecond, double ImagesPerSecond);

/// <summary>Ignores what a newer gateway adds; missing values are an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ClusterStatus))]
internal sealed partial class ClusterStatusJson : JsonSerializerContext;
