using System.CommandLine.Parsing;
using System.Globalization;

namespace Dinov2Cluster.Cli;

/// <summary>Times on the command line: <c>500ms</c>, <c>10s</c>, <c>2m</c>, <c>1h</c>; a number alone is seconds.</summary>
internal static class Durations
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private static readonly (string Suffix, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)];

    /// <summary>For an option's <c>CustomParser</c>.</summary>
    public static TimeSpan Parse(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (TryParse(text) is { } duration)
        {
            return duration;
        }

        result.AddError($"'{text}' is no time up to a day; write it as 500ms, 10s, 2m or 1h");
        return default;
    }

    /// <summary>The time; null when the text is none, or one out of bounds.</summary>
    public static TimeSpan? TryParse(string text)
    {
        var unit = Units.First(unit => text.EndsWith(unit.Suffix, StringComparison.Ordinal));
        return double.TryParse(text.AsSpan(0, text.Length - unit.Suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * unit.Seconds is >= 0.001 and var seconds
            && seconds <= Longest.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : null;
    }
}
