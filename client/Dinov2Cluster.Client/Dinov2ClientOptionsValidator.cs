using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Client;

/// <summary>Checks options, and reports all faults at once. Never shows the key.</summary>
internal sealed class Dinov2ClientOptionsValidator : IValidateOptions<Dinov2ClientOptions>
{
    public static readonly TimeSpan MaxDeadline = TimeSpan.FromDays(1);

    // The largest base64 value that Utf8JsonWriter writes. The limits of gateways are far lower.
    private const int MaxImageBytes = 125_000_000;

    private static readonly TimeSpan _maxDelay = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, Dinov2ClientOptions options) =>
        Failures(options) is [_, ..] failures ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;

    /// <summary>All faults; empty for valid options.</summary>
    public static IReadOnlyList<string> Failures(Dinov2ClientOptions options)
    {
        var failures = new List<string>();
        Require(
            options.Address is { IsAbsoluteUri: true } address && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps),
            nameof(options.Address),
            "an absolute http or https URL, such as http://gateway:8081");
        Require(Enum.IsDefined(options.Protocol), nameof(options.Protocol), "Grpc or Http");
        Require(options.ApiKey is null || IsHeaderValue(options.ApiKey), nameof(options.ApiKey), "visible ASCII characters, or null for none");
        Require(options.Model is null || IsHeaderValue(options.Model), nameof(options.Model), "visible ASCII characters, or null for the gateway's default");
        Require(options.Concurrency is >= 1 and <= 4096, nameof(options.Concurrency), "from 1 to 4096");
        Require(options.ImagesPerRequest is >= 1 and <= 256, nameof(options.ImagesPerRequest), "from 1 to 256");
        Require(options.MaxImageBytes is >= 1 and <= MaxImageBytes, nameof(options.MaxImageBytes), "from 1 byte to 125 MB");
        Require(options.Deadline > TimeSpan.Zero && options.Deadline <= MaxDeadline, nameof(options.Deadline), "positive, and a day at most");
        Require(options.MaxRetries is >= 0 and <= 100, nameof(options.MaxRetries), "from 0 to 100");
        Require(
            options.RetryBaseDelay >= TimeSpan.Zero && options.RetryBaseDelay <= options.RetryMaxDelay,
            nameof(options.RetryBaseDelay),
            $"from 0 to {nameof(options.RetryMaxDelay)}");
        Require(options.RetryMaxDelay <= _maxDelay, nameof(options.RetryMaxDelay), "an hour at most");
        return failures;

        void Require(bool holds, string name, string what)
        {
            if (!holds)
            {
                failures.Add($"{name} must be {what}.");
            }
        }
    }

    /// <summary>Whether a text can be sent in a header unchanged.</summary>
    public static bool IsHeaderValue(string text) => text.Length > 0 && text.All(character => character is > ' ' and <= '~');
}
