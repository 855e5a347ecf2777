using System.Security.Cryptography;
using System.Text;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>Hashes of files on the disk, in lower-case hex.</summary>
internal static class FileDigest
{
    private const int BufferSize = 1 << 20;

    /// <summary>SHA-256 of the content, or git's name of it as a blob (<see href="https://git-scm.com/book/en/v2/Git-Internals-Git-Objects"/>).</summary>
    public static async Task<string> ComputeAsync(string path, bool gitBlob, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(gitBlob ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        if (gitBlob)
        {
            hash.AppendData(Encoding.ASCII.GetBytes($"blob {stream.Length}\0"));
        }

        var buffer = new byte[BufferSize];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            hash.AppendData(buffer, 0, count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
