namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>Makes text from a hostile file fit for one line of an error message.</summary>
internal static class Printable
{
    private const int Limit = 120;

    public static string Quote(string text)
    {
        var clipped = text.Length <= Limit ? text : string.Concat(text.AsSpan(0, Limit), "...");
        return string.Create(clipped.Length + 2, clipped, static (span, source) =>
        {
            span[0] = span[^1] = '\'';
            for (var i = 0; i < source.Length; i++)
            {
                span[i + 1] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) || source[i] is '\u2028' or '\u2029' ? '?' : source[i];
            }
        });
    }
}
