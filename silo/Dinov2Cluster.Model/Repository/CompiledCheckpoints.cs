using System.Security.Cryptography;
using System.Text;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Model.Repository;

/// <summary>
/// Compiled forms of the repository's checkpoints: in <c>compiled/</c> inside each checkpoint, or, where that can't be written, in the
/// user's cache under a hash of the repository's path. Each set of options has its own directory, so that CPU and GPU silos that share a
/// repository don't compile over one another.
/// </summary>
internal sealed class CompiledCheckpoints(string repository, string? cacheDirectory, CompileModel compile)
{
    private const string FolderName = "compiled";

    /// <summary>Directory of the compiled model and its manifest; compiled now unless one of the same source and options is there.</summary>
    public (string Directory, ModelManifest Manifest) Open(string checkpointDirectory, CompileOptions options, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(checkpointDirectory);
        var (resolved, sha256) = Identify(checkpointDirectory, options, cancellationToken);
        var outputs = resolved.PatchTokens ? "-patch-tokens" : "";
        var folder = $"{resolved.Precision}-{resolved.PositionEmbedding}-{resolved.ImageSize}{outputs}".ToLowerInvariant();
        var beside = Path.Combine(checkpointDirectory, FolderName, folder);
        if (CompiledModel.Find(beside, resolved, sha256) is { } found)
        {
            return (beside, found);
        }

        var lockBeside = TryLock(Path.GetDirectoryName(beside)!, cancellationToken);
        if (lockBeside is not null)
        {
            using (lockBeside)
            {
                return (beside, FindOrCompile(checkpointDirectory, beside, resolved, sha256, cancellationToken));
            }
        }

        var cached = Path.Combine(cacheDirectory ?? UserCache.DefaultDirectory, FolderName, Hash(repository), name, folder);
        using (Lock(Path.GetDirectoryName(cached)!, cancellationToken))
        {
            return (cached, FindOrCompile(checkpointDirectory, cached, resolved, sha256, cancellationToken));
        }
    }

    private static (CompileOptions Options, string Sha256) Identify(string directory, CompileOptions options, CancellationToken cancellationToken)
    {
        using var checkpoint = Checkpoint.Open(directory);
        return (options with { PositionEmbedding = options.PositionEmbeddingFor(checkpoint.Config) }, checkpoint.ComputeSha256(cancellationToken));
    }

    private ModelManifest FindOrCompile(string checkpointDirectory, string target, CompileOptions options, string sha256, CancellationToken cancellationToken)
    {
        // Another process may have compiled it while we waited for the lock.
        if (CompiledModel.Find(target, options, sha256) is { } found)
        {
            return found;
        }

        try
        {
            RemoveAbandoned(Path.GetDirectoryName(target)!);
            var temporary = AtomicDirectory.Temporary(target);
            try
            {
                var manifest = compile(checkpointDirectory, temporary, options, cancellationToken);
                AtomicDirectory.Replace(temporary, target);
                return manifest;
            }
            finally
            {
                RemoveAbandoned(Path.GetDirectoryName(target)!);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{target}: can't be written: {e.Message}", e);
        }
    }

    // Hidden directories are unfinished; under the lock nobody works on one. A killed compilation of the giant leaves gigabytes.
    private static void RemoveAbandoned(string parent)
    {
        foreach (var directory in Directory.EnumerateDirectories(parent, ".*"))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static CompileLock? TryLock(string directory, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return CompileLock.Acquire(directory, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static CompileLock Lock(string directory, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return CompileLock.Acquire(directory, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{directory}: can't be written, nor can the model repository: {e.Message}; make one of them writable, or compile the model first", e);
        }
    }

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..16];
}
