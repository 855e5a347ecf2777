using System.Text;
using System.Text.RegularExpressions;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>
/// One part of a pattern, between two slashes: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a-z]</c> and <c>{jpg,png}</c> as in shells, case-sensitive.
/// A name that starts with a dot only matches a part that starts with a dot.
/// </summary>
internal sealed class GlobSegment(string pattern)
{
    private readonly Regex? _expression = Glob.IsPattern(pattern)
        ? new(ToExpression(pattern), RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant)
        : null;

    /// <summary><c>**</c>: any number of directories.</summary>
    public bool IsAnyDepth { get; } = pattern == "**";

    public bool Matches(string name) =>
        !IsAnyDepth
        && (!name.StartsWith('.') || pattern.StartsWith('.'))
        && (_expression is null ? name == pattern : _expression.IsMatch(name));

    private static string ToExpression(string pattern)
    {
        var expression = new StringBuilder(@"\A");
        var alternatives = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            switch (c)
            {
                case '*':
                    expression.Append(".*");
                    break;
                case '?':
                    expression.Append('.');
                    break;
                case '[' when ClassEnd(pattern, i) is var end and > 0:
                    AppendClass(expression, pattern.AsSpan(i + 1, end - i - 1));
                    i = end;
                    break;
                case '{' when !alternatives && pattern.IndexOf('}', i) > 0:
                    alternatives = true;
                    expression.Append("(?:");
                    break;
                case ',' when alternatives:
                    expression.Append('|');
                    break;
                case '}' when alternatives:
                    alternatives = false;
                    expression.Append(')');
                    break;
                default:
                    expression.Append(Regex.Escape(c.ToString()));
                    break;
            }
        }

        return expression.Append(@"\z").ToString();
    }

    // A bracket at the very start of the class is one of its members.
    private static int ClassEnd(string pattern, int start)
    {
        var first = start + 1 < pattern.Length && pattern[start + 1] is '!' or '^' ? start + 3 : start + 2;
        return first < pattern.Length ? pattern.IndexOf(']', first) : -1;
    }

    private static void AppendClass(StringBuilder expression, ReadOnlySpan<char> members)
    {
        expression.Append('[');
        if (members[0] is '!' or '^')
        {
            expression.Append('^');
            members = members[1..];
        }

        for (var i = 0; i < members.Length; i++)
        {
            var (from, to) = (members[i], members[i]);
            if (i + 2 < members.Length && members[i + 1] == '-')
            {
                to = members[i + 2];
                i += 2;
            }

            // A backward range is empty in shells, and an error in an expression; here it matches its two ends.
            AppendMember(expression, from);
            expression.Append(to >= from ? "-" : "");
            AppendMember(expression, to);
        }

        expression.Append(']');
    }

    private static void AppendMember(StringBuilder expression, char c) => expression.Append(@"\u").Append(((int)c).ToString("x4", null));
}
