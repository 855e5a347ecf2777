using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Silo.Models;

/// <summary>Loads the models while the silo starts, and drains them before the silo leaves the cluster.</summary>
internal sealed class ModelHostService(
    ModelHost host,
    ModelRepository repository,
    IHostApplicationLifetime lifetime,
    ILogger<ModelHostService> logger) : BackgroundService
{
    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await host.DrainAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await host.LoadAsync(repository, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stopped during the load.
        }
        catch (Exception exception)
        {
            if (exception is ModelException)
            {
                ModelLog.LoadFailed(logger, exception.Message);
            }
            else
            {
                ModelLog.LoadFailedUnexpectedly(logger, exception);
            }

            Environment.ExitCode = 1;
            // A stop during the start would look like an aborted start.
            lifetime.ApplicationStarted.Register(lifetime.StopApplication);
        }
    }
}
