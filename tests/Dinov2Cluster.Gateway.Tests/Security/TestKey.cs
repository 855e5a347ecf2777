using System.Security.Cryptography;
using System.Text;

namespace Dinov2Cluster.Gateway.Tests.Security;

/// <summary>Seeded API keys, as <c>openssl rand -hex 32</c> makes them.</summary>
internal static class TestKey
{
    public static string Text(int seed)
    {
        var bytes = new byte[32];
        new Random(seed).NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    public static string Sha256(int seed) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Text(seed))));

    /// <summary>Configuration of one key, with more settings of its entry.</summary>
    public static Dictionary<string, string?> Settings(int seed, string name, params (string Setting, string Value)[] more)
    {
        var settings = new Dictionary<string, string?> { ["Auth:Keys:0:Name"] = name, ["Auth:Keys:0:Sha256"] = Sha256(seed) };
        foreach (var (setting, value) in more)
        {
            settings["Auth:Keys:0:" + setting] = value;
        }

        return settings;
    }

    /// <summary>The header that brings a key.</summary>
    public static (string Name, string Value) Bearer(int seed) => ("Authorization", "Bearer " + Text(seed));
}
