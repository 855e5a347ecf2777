namespace Dinov2Cluster.Gateway.Security;

/// <summary>What a request brings to say who sent it.</summary>
/// <param name="Text">A key, or a token.</param>
/// <param name="MayBeToken">Whether a token may stand there.</param>
internal readonly record struct Credential(string Text, bool MayBeToken)
{
    private const string Scheme = "Bearer ";

    // Azure's services have the first, other API gateways the second.
    private static readonly string[] _keyHeaders = ["api-key", "x-api-key"];

    /// <summary>All that the headers (gRPC's metadata are the same) bring. Whatever else is in <c>Authorization</c>, such as a proxy's own, is not ours.</summary>
    public static IEnumerable<Credential> ReadAll(IHeaderDictionary headers)
    {
        if (headers.Authorization is [{ } authorization] && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            yield return new(authorization[Scheme.Length..].Trim(), MayBeToken: true);
        }

        foreach (var name in _keyHeaders)
        {
            if (headers[name] is [{ } key])
            {
                yield return new(key.Trim(), MayBeToken: false);
            }
        }
    }

    /// <summary>Whether it has the three parts of a signed JSON Web Token.</summary>
    public bool LooksLikeToken => MayBeToken && Text.AsSpan().Count('.') == 2;
}
