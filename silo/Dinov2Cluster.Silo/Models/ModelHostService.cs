using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Silo.Models;

/// <summary>Loads the models while the silo starts, drains them before it leaves the cluster, and ends it when a device is lost.</summary>
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
            var (engine, error) = await host.WaitForLossAsync(stoppingToken);
            ModelLog.DeviceLost(logger, engine, error);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
            return;
        }
        catch (ModelException exception)
        {
            ModelLog.LoadFailed(logger, exception.Message);
        }
        catch (Exception exception)
        {
            ModelLog.LoadFailedUnexpectedly(logger, exception);
        }

        Environment.ExitCode = 1;
        // A stop during the start would look like an aborted start.
        lifetime.ApplicationStarted.Register(lifetime.StopApplication);
    }
}
