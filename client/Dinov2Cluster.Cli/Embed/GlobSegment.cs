using System.Text;
using System.Text.RegularExpressions;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>
/// One part of a pattern, between two slashes: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a-z]</c> and <c>{jpg,png}</c> as in shells, letter by letter.
/// A name that begins with a dot is matched only by a part that does so too.
/// </summary>
internal sealed class GlobSegment(string pattern)
{
    private readonly Regex? _expression = pattern.AsSpan().IndexOfAny("*?[{") < 0 ? null : new(
        ToExpression(pattern), RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);

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

    // A bracket right at the beginning of the class belongs to it.
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

            // A range that runs backwards holds nothing in shells; here its ends, since an expression refuses it.
            AppendMember(expression, from);
            expression.Append(to >= from ? "-" : "");
            AppendMember(expression, to);
        }

        expression.Append(']');
    }

    private static void AppendMember(StringBuilder expression, char c) => expression.Append(@"\u").Append(((int)c).ToString("x4", null));
}
