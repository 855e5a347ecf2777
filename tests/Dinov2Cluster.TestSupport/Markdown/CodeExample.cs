namespace Dinov2Cluster.TestSupport.Markdown;

/// <summary>A fenced block of a document, as a reader copies it.</summary>
/// <param name="File">The document, relative to the repository.</param>
/// <param name="Line">Number of the opening fence's line, from 1.</param>
/// <param name="Heading">The heading that it is below; empty above the first one.</param>
/// <param name="Language">What follows the fence, such as <c>sh</c>.</param>
/// <param name="Code">The lines between the fences.</param>
/// <param name="NotRun">Why no test runs it, from the comment <c>&lt;!-- not run: ... --&gt;</c> on the line before the fence; null when one does.</param>
public sealed record CodeExample(string File, int Line, string Heading, string Language, string Code, string? NotRun)
{
    /// <summary>Names it in a test's output, as editors take it.</summary>
    public override string ToString() => FormattableString.Invariant($"{File}:{Line}");
}
