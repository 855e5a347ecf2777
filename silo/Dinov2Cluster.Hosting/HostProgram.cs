using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Hosting;

/// <summary>Runs a host as a program.</summary>
public static class HostProgram
{
    /// <summary>Builds the host and runs it until it is stopped. Bad settings and ports in use are written to standard error, a line each.</summary>
    /// <param name="build">Makes the host.</param>
    /// <returns>The program's exit code: 1 for such an error, else what the host left in <see cref="Environment.ExitCode"/>.</returns>
    public static async Task<int> RunAsync(Func<IHost> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        try
        {
            using var host = build();
            host.Services.GetService<IOptions<ListenAddresses>>()?.Value.ThrowIfInUse();
            await host.RunAsync();
            return Environment.ExitCode;
        }
        catch (Exception exception) when (StartupErrors.Describe(exception) is { } errors)
        {
            foreach (var error in errors)
            {
                await Console.Error.WriteLineAsync(error);
            }

            return 1;
        }
    }
}
