using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Dinov2Cluster.Gateway.Protocols.Cluster;

/// <summary>The cluster as this gateway sees it: the answer of <c>GET /cluster</c>.</summary>
/// <param name="Gateway">The gateway that answers.</param>
/// <param name="Silos">Members of the cluster, by name.</param>
/// <param name="Models">Served models, by name.</param>
internal sealed record ClusterReport(GatewayReport Gateway, ImmutableArray<SiloReport> Silos, ImmutableArray<ModelReport> Models);

/// <summary>The gateway that answers.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Draining">True from the start of its shutdown.</param>
/// <param name="ImagesAdmitted">Images admitted and not yet answered.</param>
/// <param name="ImagesInFlight">Of these, images at a device.</param>
internal sealed record GatewayReport(string Version, bool Draining, int ImagesAdmitted, int ImagesInFlight);

/// <summary>One silo.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Its silo endpoint, as address and port; null when calls go through the cluster.</param>
/// <param name="State"><c>starting</c>, <c>ready</c>, <c>draining</c> or <c>unreachable</c>.</param>
/// <param name="Since">When this gateway saw it enter that state.</param>
/// <param name="Devices">Its devices, one per model.</param>
internal sealed record SiloReport(string Name, string? Address, string State, DateTimeOffset Since, ImmutableArray<DeviceReport> Devices);

/// <summary>One model on one device.</summary>
/// <param name="Id">The device, such as <c>cuda:0</c>.</param>
/// <param name="Model">The model.</param>
/// <param name="State">
/// <c>available</c>; <c>quarantined</c> after a failure, until a probe succeeds; <c>unused</c> while its silo gets no work, or serves other
/// weights under the model's name than the rest.
/// </param>
/// <param name="QueueDepth">Images in its queue, from all gateways, by its silo's last answer.</param>
/// <param name="Computing">Images that it computed then.</param>
/// <param name="ImagesInFlight">Images of this gateway there.</param>
/// <param name="BestBatch">Images in the batch that gives the most images per second.</param>
/// <param name="PredictedImagesPerSecond">Throughput of best batches, from its measured costs.</param>
/// <param name="ImagesPerSecond">Recent throughput for all gateways together.</param>
internal sealed record DeviceReport(
    string Id,
    string Model,
    string State,
    int QueueDepth,
    int Computing,
    int ImagesInFlight,
    int BestBatch,
    double PredictedImagesPerSecond,
    double ImagesPerSecond);

/// <summary>A served model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="EmbeddingSize">Features per image.</param>
/// <param name="Devices">Devices that serve it.</param>
/// <param name="PredictedImagesPerSecond">Their predicted throughput.</param>
/// <param name="ImagesPerSecond">Their recent throughput.</param>
internal sealed record ModelReport(string Name, int EmbeddingSize, int Devices, double PredictedImagesPerSecond, double ImagesPerSecond);

/// <summary>Writes <see cref="ClusterReport"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ClusterReport))]
internal sealed partial class ClusterReportJson : JsonSerializerContext;
