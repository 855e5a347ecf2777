using System.Security.Cryptography;
using System.Text;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Files;

namespace Dinov2Cluster.Model.Repository;

/// <summary>
/// Compiled forms of the repository's checkpoints: in <c>compiled/</c> inside each checkpoint, or, where that can't be written, in the
/// user's cache under a hash of the repository's path. Each set of options has its own directory, so that CPU and GPU silos that share a
/// repository don't replace each other's models.
/// </summary>
internal sealed class CompiledCheckpoints(string repository, string? cacheDirectory, CompileModel compile)
{
    private const string FolderName = "compiled";

    /// <summary>Directory of the compiled model and its manifest; compiled now unless the same source and options were compiled before.</summary>
    public (string Directory, ModelManifest Manifest) Open(string checkpointDirectory, CompileOptions options, CancellationToken cancellationToken)
    {
        // One open checkpoint for looking up and compiling: it computes its checksum once.
        using var checkpoint = Checkpoint.Open(checkpointDirectory);
        options = options with { PositionEmbedding = options.PositionEmbeddingFor(checkpoint.Config) };
        var residual = options.Residual == ResidualPrecision.Fp32 ? "" : $"-residual-{options.Residual}";
        var outputs = options.PatchTokens ? "-patch-tokens" : "";
        var folder = $"{options.Precision}{residual}-{options.PositionEmbedding}-{options.ImageSize}{outputs}".ToLowerInvariant();
        var target = Path.Combine(checkpointDirectory, FolderName, folder);
        if (CompiledModel.Find(checkpoint, target, options, cancellationToken) is { } found)
        {
            return (target, found);
        }

        if (TryLock(Path.GetDirectoryName(target)!, out _, cancellationToken) is not { } held)
        {
            target = Path.Combine(cacheDirectory ?? UserCache.DefaultDirectory, FolderName, Hash(repository), checkpoint.Name, folder);
            var parent = Path.GetDirectoryName(target)!;
            held = TryLock(parent, out var problem, cancellationToken) ?? throw new ModelException(
                $"{parent}: can't be written, nor can the model repository: {problem!.Message}; make one of them writable, or compile the model first", problem);
        }

        using (held)
        {
            return (target, FindOrCompile(checkpoint, target, options, cancellationToken));
        }
    }

    private ModelManifest FindOrCompile(Checkpoint checkpoint, string target, CompileOptions options, CancellationToken cancellationToken)
    {
        // Another process may have compiled it while this one waited for the lock.
        if (CompiledModel.Find(checkpoint, target, options, cancellationToken) is { } found)
        {
            return found;
        }

        try
        {
            RemoveAbandoned(Path.GetDirectoryName(target)!);
            var temporary = AtomicDirectory.Temporary(target);
            try
            {
                var manifest = compile(checkpoint, temporary, options, cancellationToken);
                AtomicDirectory.Replace(temporary, target);
                return manifest;
            }
            finally
            {
                RemoveAbandoned(Path.GetDirectoryName(target)!);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw AtomicDirectory.Unwritable(target, exception);
        }
    }

    // Hidden directories are unfinished; under the lock no other process fills one. A killed compilation of the giant leaves gigabytes.
    private static void RemoveAbandoned(string parent)
    {
        foreach (var directory in Directory.EnumerateDirectories(parent, ".*"))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static IDisposable? TryLock(string directory, out Exception? problem, CancellationToken cancellationToken)
    {
        try
        {
            problem = null;
            Directory.CreateDirectory(directory);
            return DirectoryLock.Acquire(directory, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = exception;
            return null;
        }
    }

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..16];
}

/// <summary>Compiles a checkpoint into a model directory that must not exist yet.</summary>
internal delegate ModelManifest CompileModel(Checkpoint checkpoint, string modelDirectory, CompileOptions options, CancellationToken cancellationToken);
