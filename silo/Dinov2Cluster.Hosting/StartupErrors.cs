using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Hosting;

/// <summary>Turns what a host throws for bad configuration into lines for the person who started it.</summary>
public static class StartupErrors
{
    /// <summary>All errors at once, a line each; null when <paramref name="exception"/> is no configuration error.</summary>
    public static IReadOnlyList<string>? Describe(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception switch
        {
            OptionsValidationException invalid => [.. invalid.Failures],
            // One bad value shows again in every check that reads it.
            AggregateException many when many.InnerExceptions.All(inner => Describe(inner) is not null) =>
                [.. many.InnerExceptions.SelectMany(inner => Describe(inner)!).Distinct(StringComparer.Ordinal)],
            // The configuration binder's own exception for a value of the wrong type.
            InvalidOperationException { InnerException: FormatException or ArgumentException or InvalidCastException } unbound => [unbound.Message],
            InvalidOperationException unbound when unbound.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) => [unbound.Message],
            // Where the binder refuses settings that nobody knows, it wraps what went wrong deeper down.
            InvalidOperationException strict when strict.Message.StartsWith($"'{nameof(BinderOptions.ErrorOnUnknownConfiguration)}'", StringComparison.Ordinal) =>
                strict.InnerException is { } inner ? Describe(inner) : [strict.Message],
            _ => null,
        };
    }
}
