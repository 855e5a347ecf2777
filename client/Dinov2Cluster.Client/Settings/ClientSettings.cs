namespace Dinov2Cluster.Client.Settings;

/// <summary>The client's settings, valid and unchanging.</summary>
internal sealed record ClientSettings(
    Uri Address,
    Dinov2Protocol Protocol,
    string? ApiKey,
    string? Model,
    int Concurrency,
    int ImagesPerRequest,
    int MaxImageBytes,
    TimeSpan Deadline,
    int MaxRetries,
    TimeSpan RetryBaseDelay,
    TimeSpan RetryMaxDelay,
    HttpMessageHandler? HttpHandler)
{
    /// <summary>Copies options.</summary>
    /// <exception cref="ArgumentException">They aren't valid; the message names all faults.</exception>
    public static ClientSettings From(Dinov2ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (Dinov2ClientOptionsValidator.Failures(options) is [_, ..] failures)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, failures), nameof(options));
        }

        return new(
            options.Address!,
            options.Protocol,
            options.ApiKey,
            options.Model,
            options.Concurrency,
            options.ImagesPerRequest,
            options.MaxImageBytes,
            options.Deadline,
            options.MaxRetries,
            options.RetryBaseDelay,
            options.RetryMaxDelay,
            options.HttpHandler);
    }
}
