namespace Dinov2Cluster.Gateway.Protocols.Cluster;

/// <summary>One model on one device.</summary>
/// <param name="Id">The device, such as <c>cuda:0</c>.</param>
/// <param name="Model">The model.</param>
/// <param name="State">
/// <c>available</c>; <c>set-aside</c> after a failure, until it is found well again; <c>unused</c> while its silo gets no work, or serves other
/// weights under the model's name than the rest.
/// </param>
/// <param name="QueueDepth">Images that waited for it when its silo last said so, whoever sent them.</param>
/// <param name="Computing">Images that it computed then.</param>
/// <param name="ImagesInFlight">Images of this gateway that are there.</param>
/// <param name="BestBatch">Images in the batch that gives the most images per second.</param>
/// <param name="PredictedImagesPerSecond">Throughput of best batches, from its measured costs.</param>
/// <param name="ImagesPerSecond">What it answered lately, for all gateways together.</param>
internal sealed record DeviceStatus(
    string Id,
    string Model,
    string State,
    int QueueDepth,
    int Computing,
    int ImagesInFlight,
    int BestBatch,
    double PredictedImagesPerSecond,
    double ImagesPerSecond);
