using System.Net;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Hosting;

/// <summary>Checks what data annotations can't express.</summary>
internal sealed class ClusterMemberOptionsValidator : IValidateOptions<ClusterMemberOptions>
{
    public ValidateOptionsResult Validate(string? name, ClusterMemberOptions options)
    {
        var errors = new List<string>();
        if (!Enum.IsDefined(options.Provider))
        {
            errors.Add($"Cluster:Provider must be one of {string.Join(", ", Enum.GetNames<ClusterProvider>())}.");
        }

        if (!MemberAddress.TryResolve(options.AdvertisedIp, out var address))
        {
            errors.Add($"Cluster:AdvertisedIp must be an IP address or a host name that can be resolved, and '{options.AdvertisedIp}' is neither.");
        }
        else if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            errors.Add($"Cluster:AdvertisedIp must be an address that others can reach, and {address} is none.");
        }

        if (options.SiloPort == options.GatewayPort)
        {
            errors.Add($"Cluster:SiloPort and Cluster:GatewayPort must differ; both are {options.SiloPort}.");
        }

        if (options.Provider == ClusterProvider.Redis && !RedisConfiguration.TryParse(options.Redis, out _))
        {
            // Not the value: it may hold a password.
            errors.Add("Cluster:Redis must be a StackExchange.Redis configuration that names a server, such as '127.0.0.1:6379'.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
