using System.Text.RegularExpressions;

namespace Dinov2Cluster.Deploy.Tests.Observability;

/// <summary>What a PromQL expression names: enough of the language to find metrics and labels. Prometheus itself checks the grammar.</summary>
/// <remarks><see href="https://prometheus.io/docs/prometheus/latest/querying/basics/"/>.</remarks>
internal sealed partial class PromQl
{
    private static readonly HashSet<string> _grouping = new(StringComparer.Ordinal) { "by", "without", "on", "ignoring", "group_left", "group_right" };
    private static readonly HashSet<string> _operators = new(StringComparer.Ordinal) { "and", "or", "unless", "offset", "bool", "inf", "nan" };

    private readonly List<Selector> _selectors = [];
    private readonly HashSet<string> _groupLabels = new(StringComparer.Ordinal);

    private PromQl()
    {
    }

    /// <summary>A metric, with the labels that its matchers name.</summary>
    internal sealed record Selector(string? Metric, IReadOnlyList<string> Labels);

    /// <summary>Every selector.</summary>
    public IReadOnlyList<Selector> Selectors => _selectors;

    /// <summary>Labels in <c>by</c>, <c>on</c> and their kind.</summary>
    public IReadOnlySet<string> GroupLabels => _groupLabels;

    /// <summary>Metrics by their names, also those that are named by a matcher of <c>__name__</c>.</summary>
    public IEnumerable<string> Metrics => _selectors.Select(selector => selector.Metric).OfType<string>();

    /// <summary>Reads an expression.</summary>
    public static PromQl Parse(string expression)
    {
        var tokens = Tokens().Matches(expression).Select(match => match.Value).Where(token => !string.IsNullOrWhiteSpace(token)).ToArray();
        if (tokens.Sum(token => token.Length) != expression.Count(character => !char.IsWhiteSpace(character))
            + tokens.Sum(token => token.Count(char.IsWhiteSpace)))
        {
            throw new FormatException($"Not PromQL: {expression}");
        }

        var query = new PromQl();
        for (var i = 0; i < tokens.Length; i++)
        {
            var token = tokens[i];
            var next = i + 1 < tokens.Length ? tokens[i + 1] : "";
            if (_grouping.Contains(token))
            {
                i = next == "(" ? query.ReadLabels(tokens, i + 2) : i;
            }
            else if (token == "[")
            {
                i = Array.IndexOf(tokens, "]", i);
            }
            else if (token == "{")
            {
                i = query.ReadMatchers(tokens, i + 1, metric: null);
            }
            else if (IsName(token) && !_operators.Contains(token) && next != "(" && !_grouping.Contains(next))
            {
                i = next == "{" ? query.ReadMatchers(tokens, i + 2, token) : query.Add(token, [], i);
            }
        }

        return query;
    }

    private int ReadLabels(string[] tokens, int index)
    {
        for (; tokens[index] != ")"; index++)
        {
            if (tokens[index] != ",")
            {
                _groupLabels.Add(tokens[index]);
            }
        }

        return index;
    }

    private int ReadMatchers(string[] tokens, int index, string? metric)
    {
        var labels = new List<string>();
        var names = new List<string>();
        for (; tokens[index] != "}"; index++)
        {
            if (tokens[index] == "__name__")
            {
                names.AddRange(tokens[index + 2].Trim('"').Split('|'));
                index += 2;
            }
            else if (IsName(tokens[index]))
            {
                labels.Add(tokens[index]);
                index += 2;
            }
        }

        if (names.Count == 0)
        {
            return Add(metric, labels, index);
        }

        names.ForEach(name => Add(name, labels, index));
        return index;
    }

    private int Add(string? metric, IReadOnlyList<string> labels, int index)
    {
        _selectors.Add(new Selector(metric, labels));
        return index;
    }

    private static bool IsName(string token) => char.IsAsciiLetter(token[0]) || token[0] is '_' or ':';

    // Strings, names, numbers with units, operators.
    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|[a-zA-Z_:][a-zA-Z0-9_:]*|[0-9][0-9a-zA-Z_.]*|=~|!~|!=|==|<=|>=|[-+*/%^<>={}()\[\],@]
        """)]
    private static partial Regex Tokens();
}
