namespace Dinov2Cluster.Cli.Cluster;

/// <summary>One model that is served.</summary>
internal sealed record ModelStatus(string Name, long EmbeddingSize, long Devices, double PredictedImagesPerSecond, double ImagesPerSecond);
