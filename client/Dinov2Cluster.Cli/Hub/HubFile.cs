namespace Dinov2Cluster.Cli.Hub;

/// <summary>A file of a model on the hub, with what is needed to check a download of it.</summary>
/// <param name="Name">Name in the repository.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">SHA-256 of the content, lower-case hex; null for a file that is stored in git itself.</param>
/// <param name="BlobId">Git's name of the content: SHA-1 of <c>blob {size}\0</c> and the content, lower-case hex; for a file in LFS the name of its pointer.</param>
internal sealed record HubFile(string Name, long Size, string? Sha256, string? BlobId)
{
    /// <summary>Whether a file on the disk is this one: compares its size, then its hash.</summary>
    public async Task<bool> MatchesAsync(string path, CancellationToken cancellationToken) =>
        new FileInfo(path) is { Exists: true } info
        && info.Length == Size
        && await FileDigest.ComputeAsync(path, gitBlob: Sha256 is null, cancellationToken) == (Sha256 ?? BlobId);
}
