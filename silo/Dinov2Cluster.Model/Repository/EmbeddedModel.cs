using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Files;

namespace Dinov2Cluster.Model.Repository;

/// <summary>The model that is served when none is configured: random weights, so its features mean nothing.</summary>
public static class EmbeddedModel
{
    /// <summary>The model's name.</summary>
    public const string Name = "random-nano";

    private const int Seed = 0;

    /// <summary>Makes the model once; later calls and other processes find it there.</summary>
    /// <param name="cacheDirectory">For instance <see cref="UserCache.DefaultDirectory"/>.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <returns>A repository directory that holds the model.</returns>
    /// <exception cref="ModelException">The cache can't be written.</exception>
    public static string EnsureRandomNano(string cacheDirectory, CancellationToken cancellationToken)
    {
        var repository = Path.GetFullPath(Path.Combine(cacheDirectory, "models"));
        var model = Path.Combine(repository, Name);
        if (IsUsable(model))
        {
            return repository;
        }

        try
        {
            Directory.CreateDirectory(repository);
            using (DirectoryLock.Acquire(repository, cancellationToken))
            {
                if (!IsUsable(model))
                {
                    if (Directory.Exists(model))
                    {
                        Directory.Delete(model, recursive: true);
                    }

                    RandomCheckpoint.Write("nano", model, Seed, registers: false, cancellationToken);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{repository}: can't be written: {exception.Message}; set XDG_CACHE_HOME to a directory that can be, or name a model repository", exception);
        }

        return repository;
    }

    private static bool IsUsable(string directory)
    {
        try
        {
            using var checkpoint = Checkpoint.Open(directory);
            return checkpoint.RandomWeights;
        }
        catch (ModelException)
        {
            return false;
        }
    }
}
