using System.Security.Cryptography;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>The API keys of one reading.</summary>
internal sealed class ApiKeySet(IReadOnlyList<ApiKeyEntry> entries, ApiKeySet? before, CallerFactory callers)
{
    private readonly ApiKey[] _keys = [.. entries.Select(entry =>
        new ApiKey(entry.Name, Convert.FromHexString(entry.Sha256), entry.ExpiresAt, before?.CallerOf(entry) ?? callers.Create(entry.Name, entry.Limits)))];

    /// <summary>Whether two hashes are the same.</summary>
    internal delegate bool HashEquals(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right);

    /// <summary>The keys as they were read.</summary>
    public IReadOnlyList<ApiKeyEntry> Entries => entries;

    /// <summary>Finds a key. The time that it takes depends neither on the key nor on the match.</summary>
    public ApiKey? Find(ReadOnlySpan<char> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        return ApiKeyText.TryHash(key, hash) ? Find(hash, CryptographicOperations.FixedTimeEquals) : null;
    }

    /// <summary>Compares a hash with that of every key, even after a match.</summary>
    internal ApiKey? Find(ReadOnlySpan<byte> hash, HashEquals equals)
    {
        ApiKey? found = null;
        foreach (var key in _keys)
        {
            if (equals(key.Hash.Span, hash))
            {
                found = key;
            }
        }

        return found;
    }

    // A caller's usage survives a new reading and a new key.
    private LimitedCaller? CallerOf(ApiKeyEntry entry) => Array.Find(_keys, key => key.Name == entry.Name && key.Caller.Limits == entry.Limits)?.Caller;
}

/// <summary>A key that callers may have.</summary>
/// <param name="Name">Who has it.</param>
/// <param name="Hash">Its SHA-256, 32 bytes.</param>
/// <param name="ExpiresAt">When it expires; null for never.</param>
/// <param name="Caller">Who has it, and what they have asked for.</param>
internal sealed record ApiKey(string Name, ReadOnlyMemory<byte> Hash, DateTimeOffset? ExpiresAt, LimitedCaller Caller);

/// <summary>A key as it was read.</summary>
/// <param name="Name">Who has it.</param>
/// <param name="Sha256">Its SHA-256, 64 lower-case hexadecimal digits.</param>
/// <param name="ExpiresAt">When it expires; null for never.</param>
/// <param name="Limits">How much its owner may ask for.</param>
internal sealed record ApiKeyEntry(string Name, string Sha256, DateTimeOffset? ExpiresAt, CallerLimits Limits);
