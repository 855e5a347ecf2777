using Dinov2Cluster.Gateway.Configuration;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>Says of a route that it is for the operators, and answers at <see cref="GatewayOptions.ManagementUrl"/> when there is one.</summary>
/// <param name="IsPublicToo">Whether it answers at the other addresses too.</param>
internal sealed record ManagementRoute(bool IsPublicToo);
