using System.Runtime.CompilerServices;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Silo.Models;

/// <summary>Opens models of a repository for a silo's devices: compiles checkpoints to a precision that suits them, and checks what was compiled before.</summary>
internal sealed class ModelOpener(ModelRepository repository, ModelRepositoryOptions options, IReadOnlyList<DeviceOptions> devices, ILogger logger)
{
    /// <summary>Opens a model, a checkpoint once for each precision that the devices need. This can take minutes.</summary>
    /// <exception cref="ModelException">The model is damaged, not supported, or of a precision that a device has no kernels for.</exception>
    public async IAsyncEnumerable<OpenedModel> OpenAsync(ModelEntry entry, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ModelLog.Loading(logger, entry.Name);
        if (entry.Kind != ModelKind.Checkpoint)
        {
            yield return await OpenAsync(entry.Name, new CompileOptions(), devices, cancellationToken);
            yield break;
        }

        var precisions = devices.ToLookup(device => options.Precision ?? DevicePrecision.DefaultOf(device.Kind));
        if (precisions.Count > 1)
        {
            ModelLog.SeveralPrecisions(logger, entry.Name, string.Join(" and ", precisions.Select(each => each.Key.ToString().ToLowerInvariant())));
        }

        foreach (var precision in precisions)
        {
            // Before a compilation of minutes.
            RequireKernels(entry.Name, precision.Key, precision);
            yield return await OpenAsync(entry.Name, new CompileOptions { Precision = precision.Key, PatchTokens = options.PatchTokens }, precision, cancellationToken);
        }
    }

    private static void RequireKernels(string name, Precision precision, IEnumerable<DeviceOptions> devices)
    {
        foreach (var device in devices)
        {
            DevicePrecision.RequireKernels(name, device.Id, precision);
        }
    }

    private async Task<OpenedModel> OpenAsync(string name, CompileOptions compile, IEnumerable<DeviceOptions> devices, CancellationToken cancellationToken)
    {
        var files = await Task.Run(() => repository.Open(name, compile, cancellationToken), cancellationToken);
        if (files.Manifest is { } manifest)
        {
            RequireKernels(name, manifest.Precision, devices);
            foreach (var device in devices.Where(device => DevicePrecision.FitOf(device.Kind, manifest.Precision) == PrecisionFit.Slow))
            {
                ModelLog.SlowPrecision(logger, name, device.Id.ToString());
            }
        }

        if (options.PatchTokens && files.Manifest is not { PatchTokens: > 0 })
        {
            ModelLog.NoPatchTokens(logger, name);
        }

        if (files.Manifest is { RandomWeights: true })
        {
            ModelLog.RandomWeights(logger, name);
        }

        return new OpenedModel(files, await Task.Run(() => ModelChecksum.Compute(files, cancellationToken), cancellationToken), devices);
    }
}

/// <summary>A model that is ready to load.</summary>
/// <param name="Files">Its files.</param>
/// <param name="Checksum">See <see cref="ModelChecksum"/>.</param>
/// <param name="Devices">The devices that serve it.</param>
internal sealed record OpenedModel(ModelFiles Files, string Checksum, IEnumerable<DeviceOptions> Devices);
