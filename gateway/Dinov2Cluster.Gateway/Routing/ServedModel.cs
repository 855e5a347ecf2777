namespace Dinov2Cluster.Gateway.Routing;

/// <summary>A model that some device serves now, and what the gateway must know to prepare its input.</summary>
/// <param name="Name">Name of the model's directory in the repository.</param>
/// <param name="EmbeddingSize">Features per image.</param>
/// <param name="ShortestEdge">Shorter edge after the resize, in pixels.</param>
/// <param name="CropSize">Edge of the square centre crop, in pixels.</param>
/// <param name="Checksum">Names the exact weights: two devices with the same one give the same features.</param>
internal sealed record ServedModel(string Name, int EmbeddingSize, int ShortestEdge, int CropSize, string Checksum);
