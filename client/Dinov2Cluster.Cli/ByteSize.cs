using System.Globalization;

namespace Dinov2Cluster.Cli;

/// <summary>Sizes for people: <c>88.3 MB</c>, in powers of 1000 as disks and networks count.</summary>
internal static class ByteSize
{
    private static readonly string[] Units = ["kB", "MB", "GB", "TB"];

    public static string Format(long bytes)
    {
        if (bytes < 1000)
        {
            return $"{bytes} B";
        }

        var value = bytes / 1000.0;
        var unit = 0;
        // 999.95 would be printed as 1000.0.
        while (value >= 999.95 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {Units[unit]}");
    }
}
