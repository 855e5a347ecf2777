namespace Dinov2Cluster.Cli.Terminal;

/// <summary>Makes untrusted text safe for a terminal.</summary>
internal static class PlainText
{
    /// <summary>The text with <c>?</c> for characters that could move the cursor, change colors, break the line or reverse its direction.</summary>
    public static string Of(string text) => text.Any(IsControl) ? string.Concat(text.Select(c => IsControl(c) ? '?' : c)) : text;

    private static bool IsControl(char c) => char.IsControl(c) || c is (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
