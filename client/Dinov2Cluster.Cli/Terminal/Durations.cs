using System.CommandLine.Parsing;
using System.Globalization;

namespace Dinov2Cluster.Cli.Terminal;

/// <summary>Durations on the command line and for people: <c>500ms</c>, <c>10s</c>, <c>2m</c>, <c>1h</c>; a number alone is seconds.</summary>
internal static class Durations
{
    private static readonly TimeSpan _max = TimeSpan.FromDays(1);

    private static readonly (string Suffix, double Seconds)[] _units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)];

    /// <summary>For an option's <c>CustomParser</c>.</summary>
    public static TimeSpan Parse(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (TryParse(text) is { } duration)
        {
            return duration;
        }

        result.AddError($"'{text}' is not a duration of up to a day; write it as 500ms, 10s, 2m or 1h");
        return default;
    }

    /// <summary>Null when the text is not a duration, or out of bounds.</summary>
    public static TimeSpan? TryParse(string text)
    {
        var unit = _units.First(unit => text.EndsWith(unit.Suffix, StringComparison.Ordinal));
        return double.TryParse(text.AsSpan(0, text.Length - unit.Suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * unit.Seconds is >= 0.001 and var seconds
            && seconds <= _max.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : null;
    }

    /// <summary>The two largest units: <c>3d 4h</c>, <c>2h 0m</c>, <c>5m 26s</c>, <c>9s</c>; negative durations are <c>0s</c>.</summary>
    public static string Format(TimeSpan duration) => duration switch
    {
        { TotalDays: >= 1 } => $"{duration.Days}d {duration.Hours}h",
        { TotalHours: >= 1 } => $"{duration.Hours}h {duration.Minutes}m",
        { TotalMinutes: >= 1 } => $"{duration.Minutes}m {duration.Seconds}s",
        _ => $"{Math.Max(duration.Seconds, 0)}s",
    };
}
