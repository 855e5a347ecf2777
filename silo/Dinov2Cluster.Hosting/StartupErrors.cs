using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Hosting;

/// <summary>Turns the exceptions of a bad configuration into lines for the person who started the host.</summary>
public static class StartupErrors
{
    /// <summary>All errors at once, a line each; null when <paramref name="exception"/> is not a configuration error.</summary>
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
            InvalidOperationException unbound when unbound.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) =>
                [unbound.Message],
            // A strict binder wraps the errors of nested settings.
            InvalidOperationException strict when strict.Message.StartsWith($"'{nameof(BinderOptions.ErrorOnUnknownConfiguration)}'", StringComparison.Ordinal) =>
                strict.InnerException is { } inner ? Describe(inner) : [strict.Message],
            // The web server, for an address that was taken after ListenAddresses tried it, or that this machine does not have.
            IOException { InnerException: AddressInUseException } taken => [taken.Message],
            SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable or SocketError.AccessDenied } refused =>
                [$"A port can't be listened on: {refused.Message}"],
            _ => null,
        };
    }
}
