using Dinov2Cluster.Gateway.Admission;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Checks what spans two sections.</summary>
internal sealed class GatewayOptionsValidator(IOptions<AdmissionOptions> admission) : IValidateOptions<GatewayOptions>
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

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
