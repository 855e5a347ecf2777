using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>The keys in the tables of docs/configuration.md.</summary>
internal static partial class ConfigurationKeys
{
    /// <summary>All of them, with every index as 0.</summary>
    public static HashSet<string> Read()
    {
        var keys = new HashSet<string>(["urls"], StringComparer.OrdinalIgnoreCase);
        foreach (var line in File.ReadLines(Path.Combine(RepositoryRoot.Path, "docs/configuration.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)))
        {
            var parent = "";
            foreach (Match name in Quoted().Matches(line.Split('|')[1]))
            {
                var key = name.Groups[1].Value;
                // ":Index" stands beside "Devices:0:Kind", for "Devices:0:Index".
                key = key[0] == ':' ? parent + key : key;
                parent = key[..Math.Max(0, key.LastIndexOf(':'))];
                keys.Add(Pattern(key));
            }
        }

        return keys;
    }

    /// <summary>A key with its indices as 0. Lists of plain values are named without any.</summary>
    public static string Pattern(string key) => Last().Replace(Index().Replace(key, ":0:"), "");

    [GeneratedRegex("`([A-Za-z:][A-Za-z0-9:]*)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@":\d+:")]
    private static partial Regex Index();

    [GeneratedRegex(@":\d+$")]
    private static partial Regex Last();
}
