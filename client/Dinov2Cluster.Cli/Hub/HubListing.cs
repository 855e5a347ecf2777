using System.Text.Json;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>The files of a model at one commit.</summary>
/// <param name="Commit">The commit, 40 hex digits: what a download is pinned to, whatever becomes of the branch.</param>
/// <param name="Files">By their names.</param>
internal sealed record HubListing(string Commit, IReadOnlyDictionary<string, HubFile> Files)
{
    /// <summary>Largest listing that is read, in bytes.</summary>
    public const int MaxBytes = 16 << 20;

    private const int MaxFiles = 20_000;

    /// <summary>Reads the hub's answer. Files without size or hash are left out, since nothing could be said of what arrives.</summary>
    /// <exception cref="CommandException">It is no listing.</exception>
    public static HubListing Parse(byte[] json, Uri source)
    {
        HubListingJson? listing;
        try
        {
            listing = JsonSerializer.Deserialize(json, HubJsonContext.Default.HubListingJson);
        }
        catch (JsonException e)
        {
            throw NoListing(source, e);
        }

        if (listing is not { Sha: { } commit, Siblings: { Count: <= MaxFiles } siblings } || !IsHex(commit, 40))
        {
            throw NoListing(source, null);
        }

        var files = new Dictionary<string, HubFile>(StringComparer.Ordinal);
        foreach (var sibling in siblings)
        {
            var sha256 = sibling?.Lfs?.Sha256;
            if (sibling is { Rfilename: { Length: > 0 } name } && (sibling.Lfs?.Size ?? sibling.Size) is >= 0 and var size && (IsHex(sha256, 64) || (sibling.Lfs is null && IsHex(sibling.BlobId, 40))))
            {
                files[name] = new HubFile(name, size, sha256, sibling.BlobId);
            }
        }

        return new HubListing(commit, files);
    }

    private static bool IsHex(string? text, int length) => text?.Length == length && text.All(char.IsAsciiHexDigitLower);

    private static CommandException NoListing(Uri source, Exception? cause) =>
        new($"{source.GetLeftPart(UriPartial.Authority)} doesn't answer as a Hugging Face hub does; check HF_ENDPOINT", cause!);
}
