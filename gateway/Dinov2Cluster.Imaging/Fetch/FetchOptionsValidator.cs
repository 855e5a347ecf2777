using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>Checks <see cref="FetchOptions"/> at start and names every fault at once.</summary>
public sealed class FetchOptionsValidator : IValidateOptions<FetchOptions>
{
    private const int MostBytes = 1 << 30;
    private const int MostRedirects = 20;
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, FetchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> faults = [];
        if (options.MaxBytes is < 1 or > MostBytes)
        {
            faults.Add($"{nameof(FetchOptions.MaxBytes)} ({options.MaxBytes}) must be between 1 and {MostBytes}.");
        }

        if (options.MaxRedirects is < 0 or > MostRedirects)
        {
            faults.Add($"{nameof(FetchOptions.MaxRedirects)} ({options.MaxRedirects}) must be between 0 and {MostRedirects}.");
        }

        CheckTime(options.ConnectTimeout, nameof(FetchOptions.ConnectTimeout), faults);
        CheckTime(options.TotalTimeout, nameof(FetchOptions.TotalTimeout), faults);
        FetchRules.Create(options, faults);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void CheckTime(TimeSpan value, string name, List<string> faults)
    {
        if (value <= TimeSpan.Zero || value > s_longest)
        {
            faults.Add($"{name} ({value}) must be above zero and at most {s_longest}.");
        }
    }
}
