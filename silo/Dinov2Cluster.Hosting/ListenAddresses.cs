using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Hosting;

/// <summary>
/// Where a host will listen: each part of it adds its own addresses. They are tried before the start, because on Linux two silos can share a port
/// without an error, and answer in turn: https://github.com/dotnet/orleans/issues/1583.
/// </summary>
public sealed class ListenAddresses
{
    private readonly List<(string Setting, IPEndPoint EndPoint)> _all = [];

    /// <summary>Adds an address. Port 0 is any free port.</summary>
    /// <param name="setting">The configuration key that sets it.</param>
    /// <param name="endPoint">The address.</param>
    public void Add(string setting, IPEndPoint endPoint) => _all.Add((setting, endPoint));

    /// <summary>Adds an address as the web server takes it. It reports itself those that it can't read.</summary>
    /// <param name="setting">The configuration key that sets it.</param>
    /// <param name="url">Such as <c>http://127.0.0.1:8080</c> or <c>http://+:8080</c>.</param>
    public void AddUrl(string setting, string url)
    {
        if (Parse(url) is not { IsUnixPipe: false, IsNamedPipe: false } address)
        {
            return;
        }

        if (string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            Add(setting, new(IPAddress.Loopback, address.Port));
            Add(setting, new(IPAddress.IPv6Loopback, address.Port));
        }
        else
        {
            // The web server takes all other names for every address.
            var any = Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
            Add(setting, new(IPAddress.TryParse(address.Host, out var ip) ? ip : any, address.Port));
        }
    }

    /// <summary>Reads an address as the web server takes it; null when it can't be read.</summary>
    public static BindingAddress? Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Tries to listen on every address.</summary>
    /// <exception cref="OptionsValidationException">Another process listens on some of them, or this one may not: a line for each.</exception>
    public void ThrowIfInUse()
    {
        string[] errors = [.. _all.Select(address => Try(address.Setting, address.EndPoint)).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (errors.Length > 0)
        {
            throw new OptionsValidationException(nameof(ListenAddresses), typeof(ListenAddresses), errors);
        }
    }

    // Null when nothing is wrong, or something that only the listener itself can judge.
    private static string? Try(string setting, IPEndPoint endPoint)
    {
        if (endPoint.Port == 0)
        {
            return null;
        }

        try
        {
            // On Linux, .NET lets a socket take a port that only closed connections still hold, but not one that another socket listens on.
            using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (OperatingSystem.IsWindows())
            {
                socket.ExclusiveAddressUse = true;
            }

            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endPoint);
            return null;
        }
        catch (SocketException exception)
        {
            var place = $"{setting}: port {endPoint.Port} on {endPoint.Address}";
            return exception.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"{place} is in use by another process; stop that process, or choose another port.",
                SocketError.AccessDenied => $"{place} needs more rights than this process has; choose a port from 1024 on.",
                _ => null,
            };
        }
    }
}
