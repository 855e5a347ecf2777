using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Dinov2Cluster.Inference.Devices;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Inference;

/// <summary>Checks a silo's devices and batching at start; every error at once, each with its configuration key.</summary>
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

            if (AcceleratorBuild.WhyUnsupported(device.Kind) is { } reason)
            {
                errors.Add($"{key}:Kind: {reason}.");
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
