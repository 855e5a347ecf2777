using System.Globalization;

namespace Dinov2Cluster.Cli.Terminal;

/// <summary>Sizes for people: <c>88.3 MB</c>, in powers of 1000 as for disks and networks.</summary>
internal static class ByteSize
{
    private static readonly string[] _units = ["kB", "MB", "GB", "TB"];

    public static string Format(long bytes)
    {
        if (bytes < 1000)
        {
            return $"{bytes} B";
        }

        var value = bytes / 1000.0;
        var unit = 0;
        // 999.95 would be printed as 1000.0.
        while (value >= 999.95 && unit < _units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {_units[unit]}");
    }
}
