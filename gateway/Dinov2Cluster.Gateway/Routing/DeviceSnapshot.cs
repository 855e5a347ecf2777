using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>One model on one device, as its silo last described it. Immutable.</summary>
/// <param name="Offer">The silo's own words: costs, queue depth, images answered.</param>
/// <param name="ImagesPerSecond">What it answered lately, for all gateways together; 0 until two readings can be compared.</param>
internal sealed record DeviceSnapshot(DeviceOffer Offer, double ImagesPerSecond);
