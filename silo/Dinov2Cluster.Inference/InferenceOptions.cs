using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Devices;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Inference;

/// <summary>Devices and batching of one silo. Bind it to the configuration's root: it holds the sections <c>Devices</c> and <c>Batching</c>.</summary>
public sealed record InferenceOptions
{
    /// <summary>The silo's devices, as configured; see <see cref="ResolveDevices"/>.</summary>
    public IReadOnlyList<DeviceOptions> Devices { get; init; } = [];

    /// <summary>Batching, for each device separately.</summary>
    public BatchingOptions Batching { get; init; } = new();

    /// <summary>The configured devices, or one CPU device when none is configured.</summary>
    public IReadOnlyList<DeviceOptions> ResolveDevices() => Devices.Count > 0 ? Devices : [new DeviceOptions()];
}

/// <summary>Checks a silo's devices and batching at start, and reports all errors at once, each with its configuration key.</summary>
public sealed class InferenceOptionsValidator : IValidateOptions<InferenceOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, InferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        var errors = new List<string>();
        var seen = new HashSet<DeviceId>();
        CheckAnnotations("Batching", options.Batching, errors);
        for (var i = 0; i < options.Devices.Count; i++)
        {
            var device = options.Devices[i];
            var key = string.Create(CultureInfo.InvariantCulture, $"Devices:{i}");
            CheckAnnotations(key, device, errors);
            CheckAnnotations($"{key}:Simulated", device.Simulated, errors);
            if (!seen.Add(device.Id))
            {
                errors.Add($"{key}: {device.Id} is listed twice.");
            }

            if (device.WhyUnusable() is { } reason)
            {
                errors.Add($"{key}: {device.Id} can't be used: {reason}.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckAnnotations(string key, object options, List<string> errors)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        errors.AddRange(results.Select(result => $"{key}:{string.Join(", ", result.MemberNames)}: {result.ErrorMessage}"));
    }
}
