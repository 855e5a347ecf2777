namespace Dinov2Cluster.Grains.Messages;

/// <summary>What one silo offers.</summary>
/// <param name="Silo">The silo's name.</param>
/// <param name="Draining">True from the first moment of a shutdown: send no new work.</param>
/// <param name="Offers">Every loaded model on every device.</param>
[GenerateSerializer, Immutable, Alias("dinov2.SiloCatalog")]
public sealed record SiloCatalog(
    [property: Id(0)] string Silo,
    [property: Id(1)] bool Draining,
    [property: Id(2)] IReadOnlyList<DeviceOffer> Offers);
