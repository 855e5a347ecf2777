using System.Security.Cryptography;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Files;

namespace Dinov2Cluster.Model.Repository;

/// <summary>Identifies a model's exact weights and how they were compiled: two models with one checksum give the same features.</summary>
public static class ModelChecksum
{
    /// <summary>
    /// SHA-256, lower-case hex. Of a compiled model, it is that of <c>model.json</c>, which holds the source checkpoint's checksum and every option
    /// of the compiler: the weights were hashed when the model was compiled or looked up. Of somebody else's export, it is that of the graph and
    /// of the files with its weights, which takes seconds per gigabyte.
    /// </summary>
    /// <param name="files">The model.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ModelException">A file can't be read, or the graph keeps weights outside its directory.</exception>
    public static string Compute(ModelFiles files, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        IEnumerable<string> paths = files.Manifest is not null
            ? [Path.Combine(Path.GetDirectoryName(files.OnnxPath)!, ModelManifest.FileName)]
            : [files.OnnxPath, .. OnnxDataFiles.Find(files.OnnxPath)];

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            try
            {
                using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
                FileReading.Hash(hash, file, path, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw FileReading.Unreadable(path, exception);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
