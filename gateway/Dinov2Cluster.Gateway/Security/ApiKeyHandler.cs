using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>
/// The authentication scheme of API keys: in <c>Authorization: Bearer</c>, <c>api-key</c> (as Azure's services) or <c>x-api-key</c> (as other API gateways).
/// gRPC metadata are headers too. One good key is enough.
/// </summary>
internal sealed class ApiKeyHandler(
    ApiKeyStore keys, IOptions<AuthOptions> auth, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "ApiKey";

    private const string Bearer = "Bearer ";

    /// <summary>What a request brings as <c>Authorization: Bearer</c>; null for nothing. Other schemes, such as a proxy's own, are ignored.</summary>
    public static string? FindBearer(IHeaderDictionary headers) =>
        headers.Authorization is [{ } authorization] && authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : null;

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Check());

    private AuthenticateResult Check()
    {
        AuthFailedException? failed = null;
        foreach (var (text, isBearer) in ((string?, bool)[])[(FindBearer(Request.Headers), true), (Find("api-key"), false), (Find("x-api-key"), false)])
        {
            if (text is null)
            {
                continue;
            }

            var key = keys.Keys.Find(text);
            if (key is not null && (key.ExpiresAt is null || key.ExpiresAt > TimeProvider.GetUtcNow()))
            {
                return AuthenticateResult.Success(new(key.Caller.Principal, Scheme.Name));
            }

            if (key is not null)
            {
                failed = new(AuthFailure.ExpiredKey, key.Name);
            }
            else if (!(isBearer && auth.Value.Jwt.IsConfigured && TokenEvents.IsToken(text)))
            {
                failed ??= new(AuthFailure.UnknownKey);
            }
        }

        return failed is null ? AuthenticateResult.NoResult() : AuthenticateResult.Fail(failed);
    }

    private string? Find(string header) => Request.Headers[header] is [{ } value] ? value.Trim() : null;
}

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
