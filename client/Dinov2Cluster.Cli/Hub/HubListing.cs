using System.Text.Json;
using System.Text.Json.Serialization;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>The files of a model at one commit.</summary>
/// <param name="Commit">The commit, 40 hex digits. A download uses it even when the branch moves.</param>
/// <param name="Files">The files by name.</param>
internal sealed record HubListing(string Commit, IReadOnlyDictionary<string, HubFile> Files)
{
    /// <summary>Largest listing that is read, in bytes.</summary>
    public const int MaxBytes = 16 << 20;

    private const int MaxFiles = 20_000;

    /// <summary>Parses the hub's answer. Files without size or hash are left out, because a download of them could not be checked.</summary>
    /// <exception cref="CommandException">It is not a listing.</exception>
    public static HubListing Parse(byte[] json, Uri source)
    {
        HubListingJson? listing;
        try
        {
            listing = JsonSerializer.Deserialize(json, HubJsonContext.Default.HubListingJson);
        }
        catch (JsonException exception)
        {
            throw NoListing(source, exception);
        }

        if (listing is not { Sha: { } commit, Siblings: { Count: <= MaxFiles } siblings } || !IsHex(commit, 40))
        {
            throw NoListing(source, null);
        }

        var files = new Dictionary<string, HubFile>(StringComparer.Ordinal);
        foreach (var sibling in siblings)
        {
            var sha256 = sibling?.Lfs?.Sha256;
            if (sibling is { Rfilename: { Length: > 0 } name }
                && (sibling.Lfs?.Size ?? sibling.Size) is >= 0 and var size
                && (IsHex(sha256, 64) || (sibling.Lfs is null && IsHex(sibling.BlobId, 40))))
            {
                files[name] = new HubFile(name, size, sha256, sibling.BlobId);
            }
        }

        return new HubListing(commit, files);
    }

    private static bool IsHex(string? text, int length) => text?.Length == length && text.All(char.IsAsciiHexDigitLower);

    private static CommandException NoListing(Uri source, Exception? cause) =>
        new($"{source.GetLeftPart(UriPartial.Authority)} doesn't answer like a Hugging Face hub; check HF_ENDPOINT", cause);
}

/// <summary>The answer to <c>GET /api/models/{id}/revision/{revision}?blobs=true</c>, as far as it is used.</summary>
internal sealed record HubListingJson(string? Sha, IReadOnlyList<HubSiblingJson?>? Siblings);

/// <summary>One file of a listing.</summary>
internal sealed record HubSiblingJson(string? Rfilename, long? Size, string? BlobId, HubLfsJson? Lfs);

/// <summary>Its entry in git's large file storage.</summary>
internal sealed record HubLfsJson(string? Sha256, long? Size);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HubListingJson))]
internal sealed partial class HubJsonContext : JsonSerializerContext;
