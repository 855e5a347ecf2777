using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Adds authentication and callers' limits to the gateway.</summary>
internal static class SecurityExtensions
{
    /// <summary>Adds the schemes of keys and tokens, and the policy that requires one of them.</summary>
    public static IServiceCollection AddGatewaySecurity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AuthOptions>().Bind(configuration.GetSection(AuthOptions.Section), AuthOptions.BeStrict).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AuthOptions>, AuthOptionsValidator>();
        services.AddSingleton<SecurityMetrics>();
        services.AddSingleton<CallerFactory>();
        services.AddSingleton<ApiKeyStore>();
        services.AddHostedService(provider => provider.GetRequiredService<ApiKeyStore>());
        services.AddSingleton<JwtCallers>();
        services.AddSingleton<TokenEvents>();

        // AddAuthentication and AddJwtBearer would add data protection, which writes keys to the disk, and a second section for the issuer.
        services.AddAuthenticationCore().AddWebEncoders();
        new AuthenticationBuilder(services)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, configureOptions: null)
            .AddScheme<JwtBearerOptions, JwtBearerHandler>(TokenEvents.SchemeName, configureOptions: null);
        services.AddOptions<JwtBearerOptions>(TokenEvents.SchemeName).Configure<IOptions<AuthOptions>, TimeProvider>(TokenOptions.Set);
        services.AddSingleton<IPostConfigureOptions<JwtBearerOptions>, JwtBearerPostConfigureOptions>();
        services.AddAuthorization();
        services.AddSingleton<IAuthorizationPolicyProvider, CallerPolicyProvider>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, CallerResultHandler>();
        // It would log every refused key a second time.
        services.AddLogging(logging => logging.AddFilter(typeof(ApiKeyHandler).FullName, LogLevel.Warning));
        return services;
    }
}
