using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Keys, their hashes and their names as text.</summary>
internal static class ApiKeyText
{
    /// <summary>Longest key in characters.</summary>
    public const int MaxLength = 512;

    /// <summary>Prefix of a hash where a key is allowed too.</summary>
    public const string HashPrefix = "sha256:";

    // 128 bits in hexadecimal. A fast hash can't protect a shorter key.
    private const int MinLength = 32;
    private const int MaxNameLength = 64;

    private static readonly SearchValues<char> _nameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");

    /// <summary>Whether this is a valid name of a key.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= MaxNameLength && !name.AsSpan().ContainsAnyExcept(_nameCharacters);

    /// <summary>Writes the SHA-256 of a key's UTF-8, 32 bytes; false when it is longer than <see cref="MaxLength"/>.</summary>
    public static bool TryHash(ReadOnlySpan<char> key, Span<byte> hash)
    {
        Span<byte> utf8 = stackalloc byte[MaxLength * 3];
        if (key.Length > MaxLength)
        {
            return false;
        }

        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(key, utf8)], hash);
        return true;
    }

    /// <summary>Reads a hash of 64 hexadecimal digits; the result has them in lower case.</summary>
    public static bool TryReadHash(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? sha256)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var status = Convert.FromHexString(text, hash, out var read, out var written);
        sha256 = status == OperationStatus.Done && written == hash.Length && read == text.Length ? Convert.ToHexStringLower(hash) : null;
        return sha256 is not null;
    }

    /// <summary>Reads a file of a mounted secret: a key, or <c>sha256:</c> and its hash.</summary>
    public static bool TryReadSecret(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? sha256)
    {
        if (text.StartsWith(HashPrefix, StringComparison.Ordinal))
        {
            return TryReadHash(text[HashPrefix.Length..], out sha256);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        // What a header can carry.
        var isKey = text.Length >= MinLength && !text.ContainsAnyExceptInRange('!', '~') && TryHash(text, hash);
        sha256 = isKey ? Convert.ToHexStringLower(hash) : null;
        return isKey;
    }
}
