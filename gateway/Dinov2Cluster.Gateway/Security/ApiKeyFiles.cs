using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Reads keys from files. Error texts never contain file content.</summary>
internal static class ApiKeyFiles
{
    private const int MaxFileBytes = 1 << 20;
    private const int MaxSecretBytes = 4096;
    private const int MaxSecrets = 10_000;

    /// <summary>The entries of <see cref="AuthOptions.KeysFile"/>.</summary>
    public static IReadOnlyList<ApiKeyOptions> ReadFile(string path, List<string> errors)
    {
        try
        {
            if (Read(path, MaxFileBytes) is not { } json)
            {
                errors.Add($"Auth:KeysFile ({path}) is larger than a megabyte.");
                return [];
            }

            if (JsonSerializer.Deserialize(json, ApiKeysFileJson.Default.ApiKeysFile) is { } file)
            {
                return file.Keys;
            }

            errors.Add($"""Auth:KeysFile ({path}) should be a dictionary with a list named "Keys".""");
        }
        catch (JsonException exception)
        {
            errors.Add($"""Auth:KeysFile ({path}) can't be read as JSON with a list named "Keys": see line {exception.LineNumber + 1 ?? 1}.""");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add($"Auth:KeysFile ({path}) can't be read: {exception.GetType().Name}.");
        }

        return [];
    }

    /// <summary>Names and hashes of the keys in <see cref="AuthOptions.KeysDirectory"/>.</summary>
    public static Dictionary<string, string> ReadDirectory(string directory, List<string> errors)
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var path in Directory.EnumerateFileSystemEntries(directory).Take(MaxSecrets))
            {
                var name = Path.GetFileName(path);
                // Kubernetes keeps what the links point to in "..data".
                if (name.StartsWith('.') || Directory.Exists(path))
                {
                    continue;
                }

                if (Read(path, MaxSecretBytes) is { } bytes && ApiKeyText.TryReadSecret(Encoding.UTF8.GetString(bytes).AsSpan().Trim(), out var sha256))
                {
                    hashes.Add(name, sha256);
                }
                else
                {
                    errors.Add(
                        $"Auth:KeysDirectory: {name} should hold a key of 32 to {ApiKeyText.MaxLength} printable ASCII characters, "
                        + "or 'sha256:' and 64 hexadecimal digits.");
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add($"Auth:KeysDirectory ({directory}) can't be read: {exception.GetType().Name}.");
        }

        return hashes;
    }

    // Null when there is more than the limit.
    private static byte[]? Read(string path, int limit)
    {
        using var file = File.OpenRead(path);
        var bytes = new byte[limit + 1];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length > limit ? null : bytes[..length];
    }
}

/// <summary>Content of <see cref="AuthOptions.KeysFile"/>.</summary>
internal sealed class ApiKeysFile
{
    /// <summary>The keys.</summary>
    public required IReadOnlyList<ApiKeyOptions> Keys { get; init; }
}

/// <summary>Reads <see cref="ApiKeysFile"/>, as leniently as <c>appsettings.json</c>, but an unknown property is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true,
    AllowTrailingCommas = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    RespectNullableAnnotations = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ApiKeysFile))]
internal sealed partial class ApiKeysFileJson : JsonSerializerContext;
