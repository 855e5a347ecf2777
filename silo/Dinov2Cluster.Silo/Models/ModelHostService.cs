using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Silo.Models;

/// <summary>Loads the models beside the silo's start, and drains them before the silo leaves the cluster.</summary>
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
            // The host stops while models load.
        }
        catch (ModelException exception)
        {
            ModelLog.LoadFailed(logger, exception.Message);
            Fail();
        }
        catch (Exception exception)
        {
            ModelLog.LoadFailedUnexpectedly(logger, exception);
            Fail();
        }
    }

    private void Fail()
    {
        Environment.ExitCode = 1;
        lifetime.StopApplication();
    }
}
