namespace Dinov2Cluster.Grains.Messages;

/// <summary>A number for each channel of a picture.</summary>
[GenerateSerializer, Immutable, Alias("dinov2.Rgb")]
public readonly record struct Rgb([property: Id(0)] double Red, [property: Id(1)] double Green, [property: Id(2)] double Blue);
