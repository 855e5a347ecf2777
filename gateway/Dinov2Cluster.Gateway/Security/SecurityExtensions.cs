using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Puts authentication and callers' limits into the gateway.</summary>
internal static class SecurityExtensions
{
    /// <summary>Adds them.</summary>
    public static IServiceCollection AddGatewaySecurity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AuthOptions>().Bind(configuration.GetSection(AuthOptions.Section), AuthOptions.BeStrict).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AuthOptions>, AuthOptionsValidator>();
        services.AddSingleton<SecurityMetrics>();
        services.AddSingleton<CallerFactory>();
        services.AddSingleton<ApiKeyStore>();
        services.AddHostedService(provider => provider.GetRequiredService<ApiKeyStore>());
        services.AddSingleton<JwtCallers>();
        services.AddSingleton<JwtTokens>();
        services.AddSingleton<RequestAuthenticator>();
        return services;
    }
}
