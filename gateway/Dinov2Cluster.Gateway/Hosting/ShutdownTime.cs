using Dinov2Cluster.Gateway.Configuration;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Gives a shutdown the time to answer every accepted request.</summary>
internal sealed class ShutdownTime(IOptions<GatewayOptions> gateway, IStartupValidator validator) : IPostConfigureOptions<HostOptions>
{
    // For writing the last answers, and for leaving the cluster.
    private static readonly TimeSpan _rest = TimeSpan.FromSeconds(15);

    public void PostConfigure(string? name, HostOptions options)
    {
        // The host reads its options while it is built, before anything else is: without this the first bad setting would hide the others.
        validator.Validate();
        var needed = gateway.Value.DrainDelay + gateway.Value.Deadline + _rest;
        options.ShutdownTimeout = options.ShutdownTimeout > needed ? options.ShutdownTimeout : needed;
    }
}
