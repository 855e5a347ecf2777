namespace Dinov2Cluster.Gateway.Hosting;
internal sealed class GatewayOptions { public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(60); }
