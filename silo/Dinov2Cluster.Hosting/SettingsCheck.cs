using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Hosting;

/// <summary>
/// Checks all settings together, before any part of a host reads one of them: <see cref="HostOptions"/> are the first options that a host reads, while
/// it is built. Otherwise the first bad setting would hide the others.
/// </summary>
internal sealed class SettingsCheck(IStartupValidator validator) : IConfigureOptions<HostOptions>
{
    /// <inheritdoc/>
    public void Configure(HostOptions options) => validator.Validate();
}

/// <summary>Adds settings that are checked before the start.</summary>
public static class SettingsCheckExtensions
{
    /// <summary>Binds a section and checks it, by its data annotations and by every <see cref="IValidateOptions{TOptions}"/>.</summary>
    public static OptionsBuilder<TOptions> AddCheckedOptions<TOptions>(this IServiceCollection services, IConfiguration section)
        where TOptions : class
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<HostOptions>, SettingsCheck>());
        return services.AddOptions<TOptions>().Bind(section).ValidateDataAnnotations().ValidateOnStart();
    }
}
