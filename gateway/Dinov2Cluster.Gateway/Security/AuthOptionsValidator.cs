using Dinov2Cluster.Gateway.Configuration;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Checks who may use the gateway, and that it is not open by mistake.</summary>
internal sealed class AuthOptionsValidator(IConfiguration configuration, IOptions<GatewayOptions> gateway) : IValidateOptions<AuthOptions>
{
    private const string Choices =
        "configure API keys (Auth:Keys, Auth:KeysFile, Auth:KeysDirectory) or tokens (Auth:Jwt)";

    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        var errors = new List<string>();
        if (!Enum.IsDefined(options.Mode))
        {
            errors.Add("Auth:Mode must be Auto, Off or Required.");
        }

        if (options.Mode == AuthMode.Required && !options.HasSource)
        {
            errors.Add($"Auth:Mode is Required, and nobody could get in: {Choices}.");
        }

        if (options.Mode == AuthMode.Auto && !options.HasSource)
        {
            errors.AddRange(GatewayAddresses.Public(configuration, gateway.Value).Where(url => !GatewayAddresses.IsLoopback(url)).Select(url =>
                $"The gateway would listen on {url}, which is not loopback, and answer everybody: {Choices}, or set Auth:Mode=Off when that is meant."));
        }

        _ = ApiKeyReader.Read(options, errors);
        if (options.Jwt.IsConfigured)
        {
            Check(options.Jwt, errors);
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Check(JwtOptions jwt, List<string> errors)
    {
        if (jwt.Audience.Length == 0)
        {
            errors.Add("Auth:Jwt:Audience is missing: without it any token of the issuer would do.");
        }

        if (jwt.NameClaim.Length == 0)
        {
            errors.Add("Auth:Jwt:NameClaim must name a claim, such as sub.");
        }

        var (setting, address) = jwt.MetadataAddress.Length > 0 ? ("MetadataAddress", jwt.MetadataAddress) : ("Authority", jwt.Authority);
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
        {
            errors.Add($"Auth:Jwt:{setting} must be the issuer's address, such as https://login.example.com/tenant.");
        }
        else if (uri.Scheme != Uri.UriSchemeHttps && jwt.RequireHttpsMetadata)
        {
            errors.Add($"Auth:Jwt:{setting} must begin with https, or Auth:Jwt:RequireHttpsMetadata be false.");
        }

        _ = CallerLimits.Read("Auth:Jwt", jwt, errors);
    }
}
