namespace Dinov2Cluster.Inference.Batching;

/// <summary>Images <paramref name="First"/> to <paramref name="First"/> + <paramref name="Count"/> - 1 of a job, taken by one batch.</summary>
internal readonly record struct JobSlice(EmbeddingJob Job, int First, int Count);
