namespace Dinov2Cluster.Gateway.Protocols.Cluster;

/// <summary>One model that is served.</summary>
/// <param name="Name">Its name.</param>
/// <param name="EmbeddingSize">Features per image.</param>
/// <param name="Devices">Devices that serve it.</param>
/// <param name="PredictedImagesPerSecond">What they can do together.</param>
/// <param name="ImagesPerSecond">What they answered lately.</param>
internal sealed record ModelStatus(string Name, int EmbeddingSize, int Devices, double PredictedImagesPerSecond, double ImagesPerSecond);
