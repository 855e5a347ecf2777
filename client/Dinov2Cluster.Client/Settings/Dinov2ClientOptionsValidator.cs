using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Client.Settings;

/// <summary>Checks options, and names every fault at once. Never the key itself.</summary>
internal sealed class Dinov2ClientOptionsValidator : IValidateOptions<Dinov2ClientOptions>
{
    public static readonly TimeSpan LongestDeadline = TimeSpan.FromDays(1);

    // The largest base64 value that Utf8JsonWriter writes: a gateway has far lower limits.
    private const int MostImageBytes = 125_000_000;

    private static readonly TimeSpan _longestDelay = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, Dinov2ClientOptions options) =>
        Failures(options) is [_, ..] failures ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;

    /// <summary>What is wrong; empty when nothing is.</summary>
    public static IReadOnlyList<string> Failures(Dinov2ClientOptions options)
    {
        var failures = new List<string>();
        Require(
            options.Address is { IsAbsoluteUri: true } address && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps),
            nameof(options.Address),
            "an absolute http or https URL, such as http://gateway:8081");
        Require(Enum.IsDefined(options.Protocol), nameof(options.Protocol), "Grpc or Http");
        Require(options.ApiKey is null || IsToken(options.ApiKey), nameof(options.ApiKey), "visible ASCII characters, or null for none");
        Require(options.Model is null || IsToken(options.Model), nameof(options.Model), "visible ASCII characters, or null for the gateway's default");
        Require(options.Concurrency is >= 1 and <= 4096, nameof(options.Concurrency), "from 1 to 4096");
        Require(options.ImagesPerRequest is >= 1 and <= 256, nameof(options.ImagesPerRequest), "from 1 to 256");
        Require(options.MaxImageBytes is >= 1 and <= MostImageBytes, nameof(options.MaxImageBytes), "from 1 byte to 125 MB");
        Require(options.Deadline > TimeSpan.Zero && options.Deadline <= LongestDeadline, nameof(options.Deadline), "positive, and a day at most");
        Require(options.MaxRetries is >= 0 and <= 100, nameof(options.MaxRetries), "from 0 to 100");
        Require(
            options.RetryBaseDelay >= TimeSpan.Zero && options.RetryBaseDelay <= options.RetryMaxDelay,
            nameof(options.RetryBaseDelay),
            $"from 0 to {nameof(options.RetryMaxDelay)}");
        Require(options.RetryMaxDelay <= _longestDelay, nameof(options.RetryMaxDelay), "an hour at most");
        return failures;

        void Require(bool holds, string name, string what)
        {
            if (!holds)
            {
                failures.Add($"{name} must be {what}.");
            }
        }
    }

    /// <summary>Whether a text can be sent in a header as it is.</summary>
    public static bool IsToken(string text) => text.Length > 0 && text.All(character => character is > ' ' and <= '~');
}
