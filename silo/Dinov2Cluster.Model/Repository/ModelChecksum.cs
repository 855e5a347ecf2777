using System.Security.Cryptography;
using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Repository;

/// <summary>Names a model's exact weights and how they were compiled: two models with one checksum give the same features.</summary>
public static class ModelChecksum
{
    private const int BufferBytes = 1 << 20;

    /// <summary>
    /// SHA-256, lower-case hex. Of a compiled model's <c>model.json</c>, which holds the source checkpoint's own checksum and every option of the
    /// compiler; of somebody else's export, the graph and the files that it keeps weights in, which takes seconds per gigabyte.
    /// </summary>
    /// <param name="files">The model.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ModelException">A file can't be read, or the graph keeps weights outside its directory.</exception>
    public static string Compute(ModelFiles files, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        var directory = Path.GetDirectoryName(files.OnnxPath)!;
        IEnumerable<string> paths = files.Manifest is not null
            ? [Path.Combine(directory, ModelManifest.FileName)]
            : [files.OnnxPath, .. OnnxDataFiles.Find(files.OnnxPath)];

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        foreach (var path in paths)
        {
            Append(hash, path, buffer, cancellationToken);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string path, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            // Where one file ends and the next begins is a part of what they are.
            hash.AppendData(BitConverter.GetBytes(RandomAccess.GetLength(file)));
            var offset = 0L;
            while (RandomAccess.Read(file, buffer, offset) is > 0 and var count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, count);
                offset += count;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CheckpointFiles.Unreadable(path, e);
        }
    }
}
