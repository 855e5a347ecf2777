namespace Dinov2Cluster.Cli.Cluster;

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
