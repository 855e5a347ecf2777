using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Configuration;

/// <summary>Checks settings that depend on another section.</summary>
internal sealed class GatewayOptionsValidator(IOptions<AdmissionOptions> admission, IConfiguration configuration) : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var limits = admission.Value;
        var errors = new List<string>();
        if (options.MaxImagesPerRequest > limits.MaxImages)
        {
            errors.Add(
                $"Gateway:MaxImagesPerRequest ({options.MaxImagesPerRequest}) must be at most Admission:MaxImages ({limits.MaxImages}): "
                + "a larger request could never be admitted.");
        }

        if (options.MaxBodyBytes >= limits.MaxBodyBytes)
        {
            errors.Add(
                $"Gateway:MaxBodyBytes ({options.MaxBodyBytes}) must be less than Admission:MaxBodyBytes ({limits.MaxBodyBytes}): "
                + "a larger body could never be read.");
        }

        if (options.GrpcUrl.Length > 0 && GatewayAddresses.Port(options.GrpcUrl) is null or 0)
        {
            errors.Add("Gateway:GrpcUrl must be an address with a port, such as http://127.0.0.1:8081, or empty.");
        }

        if (options.ManagementUrl.Length > 0)
        {
            CheckManagement(options, errors);
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    // The address of a connection is known by its port.
    private void CheckManagement(GatewayOptions options, List<string> errors)
    {
        var port = GatewayAddresses.Port(options.ManagementUrl);
        if (port is null or 0)
        {
            errors.Add("Gateway:ManagementUrl must be an address with a port, such as http://0.0.0.0:8082, or empty.");
        }
        else if (GatewayAddresses.Public(configuration, options).Any(url => GatewayAddresses.Port(url) == port))
        {
            errors.Add("Gateway:ManagementUrl must have a port of its own, which no other address of the gateway has.");
        }
    }
}
