namespace Dinov2Cluster.Inference.Sessions;

/// <summary>Where an output of the graph goes.</summary>
/// <param name="Name">The output's name.</param>
/// <param name="Buffer">Room for the largest batch.</param>
internal readonly record struct OutputBuffer(string Name, HostBuffer Buffer);
