namespace Dinov2Cluster.Client.Transport;

/// <summary>What the gateway answered for one image: exactly one of the two.</summary>
internal readonly record struct ImageAnswer(ImageEmbedding? Embedding, Dinov2Exception? Error);
