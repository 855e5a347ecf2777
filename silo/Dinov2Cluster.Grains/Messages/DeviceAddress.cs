using System.Diagnostics.CodeAnalysis;

namespace Dinov2Cluster.Grains.Messages;

/// <summary>Names one model on one device of one silo; its text form, <c>silo/device/model</c>, is the inference grain's key.</summary>
/// <param name="Silo">Name of the silo that owns the device. Holds no slash.</param>
/// <param name="Device">The device, such as <c>cpu:0</c>. Holds no slash.</param>
/// <param name="Model">The model's name in the repository.</param>
[GenerateSerializer, Immutable, Alias("dinov2.DeviceAddress")]
public sealed record DeviceAddress([property: Id(0)] string Silo, [property: Id(1)] string Device, [property: Id(2)] string Model)
{
    private const char Separator = '/';

    /// <summary>The grain key.</summary>
    public override string ToString() => string.Concat(Silo, "/", Device, "/") + Model;

    /// <summary>Silo part of a grain key: everything before the first slash, or the whole key.</summary>
    public static ReadOnlySpan<char> SiloOf(ReadOnlySpan<char> key)
    {
        var end = key.IndexOf(Separator);
        return end < 0 ? key : key[..end];
    }

    /// <summary>Parses a grain key; false when it is not one.</summary>
    public static bool TryParse(string key, [NotNullWhen(true)] out DeviceAddress? address)
    {
        ArgumentNullException.ThrowIfNull(key);
        var parts = key.Split(Separator, 3);
        address = parts.Length == 3 && parts.All(part => part.Length > 0) ? new(parts[0], parts[1], parts[2]) : null;
        return address is not null;
    }
}
