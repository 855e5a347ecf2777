namespace Dinov2Cluster.Inference.Batching;

/// <summary>Features of one job's images.</summary>
/// <param name="Features">float32 <c>[images, features of the job's output]</c>, row-major, in the order of the job's crops; the caller's to keep.</param>
/// <param name="QueueSeconds">From the job's arrival until the device began its first batch.</param>
/// <param name="InferenceSeconds">From then until its last batch was done.</param>
/// <param name="QueueDepth">Images that waited for the device when the job was answered.</param>
/// <param name="Computing">Images that the device was computing then.</param>
#pragma warning disable CA1819 // The array is handed over: nobody else holds it.
public sealed record EmbeddingResult(float[] Features, double QueueSeconds, double InferenceSeconds, int QueueDepth, int Computing);
#pragma warning restore CA1819
