namespace Dinov2Cluster.Model;

/// <summary>Makes text from a hostile file fit for one line of an error message.</summary>
internal static class Printable
{
    private const int Limit = 120;

    public static string Quote(string text)
    {
        var clipped = text.Length <= Limit ? text : string.Concat(text.AsSpan(0, Limit), "...");
        return $"'{string.Concat(clipped.Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c))}'";
    }
}
