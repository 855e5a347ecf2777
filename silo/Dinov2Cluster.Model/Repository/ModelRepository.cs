using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Files;

namespace Dinov2Cluster.Model.Repository;

/// <summary>
/// A directory with one subdirectory per model: compiled models, Hugging Face checkpoints (compiled on first load) and foreign ONNX
/// exports. Any number of processes may use one repository at once; it may be read-only.
/// </summary>
public sealed class ModelRepository
{
    private const int MaxNameLength = 128;

    private readonly CompiledCheckpoints _compiled;

    /// <summary>A repository at <paramref name="path"/>; nothing is read yet.</summary>
    /// <param name="path">The directory with one subdirectory per model.</param>
    /// <param name="cacheDirectory">Where checkpoints of a read-only repository are compiled to; null for <see cref="UserCache.DefaultDirectory"/>.</param>
    public ModelRepository(string path, string? cacheDirectory = null)
        : this(path, cacheDirectory, ModelCompiler.Compile)
    {
    }

    internal ModelRepository(string path, string? cacheDirectory, CompileModel compile)
    {
        Directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        _compiled = new CompiledCheckpoints(Directory, cacheDirectory, compile);
    }

    /// <summary>Absolute path of the repository.</summary>
    public string Directory { get; }

    /// <summary>Lists the models by the names of their files; <see cref="Open"/> checks the contents.</summary>
    /// <exception cref="ModelException">The repository does not exist or can't be read.</exception>
    public RepositoryListing List()
    {
        try
        {
            var models = new List<ModelEntry>();
            var skipped = new List<SkippedDirectory>();
            var names = System.IO.Directory.GetDirectories(Directory).Select(path => Path.GetFileName(path)).Where(name => name[0] != '.');
            foreach (var name in names.Order(StringComparer.Ordinal))
            {
                if (!IsName(name))
                {
                    skipped.Add(new SkippedDirectory(name, $"a model's name has ASCII letters, digits, '.', '_' and '-' only, and at most {MaxNameLength} characters"));
                }
                else if (ModelDirectory.KindOf(Path.Combine(Directory, name)) is { } kind)
                {
                    models.Add(new ModelEntry(name, kind));
                }
                else
                {
                    skipped.Add(new SkippedDirectory(name, ModelDirectory.WhyNoModel(Path.Combine(Directory, name))));
                }
            }

            return new RepositoryListing(models, skipped);
        }
        catch (DirectoryNotFoundException exception)
        {
            throw new ModelException($"{Directory}: no such directory; a model repository has one subdirectory per model", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw FileReading.Unreadable(Directory, exception);
        }
    }

    /// <summary>
    /// Makes a model ready to load. A checkpoint is hashed, and compiled with <paramref name="options"/> unless that was done before and the
    /// checkpoint has not changed since. Compiled models and ONNX exports are taken as they are. This can take minutes.
    /// </summary>
    /// <param name="name">The model's name.</param>
    /// <param name="options">What to compile a checkpoint for.</param>
    /// <param name="cancellationToken">Stops hashing, waiting and compiling.</param>
    /// <exception cref="ModelException">There is no such model, or it is damaged or not supported.</exception>
    public ModelFiles Open(string name, CompileOptions options, CancellationToken cancellationToken)
    {
        if (!IsName(name))
        {
            throw new ModelException($"{Printable.Quote(name)} is not a model name: ASCII letters, digits, '.', '_' and '-' only, not beginning with '.', and at most {MaxNameLength} characters");
        }

        var directory = Path.Combine(Directory, name);
        switch (ModelDirectory.KindOf(directory))
        {
            case ModelKind.Compiled or ModelKind.Onnx:
                return ModelDirectory.OpenCompiled(directory);
            case ModelKind.Checkpoint:
                var (compiled, manifest) = _compiled.Open(directory, options, cancellationToken);
                return new ModelFiles(name, Path.Combine(compiled, ModelCompiler.GraphFileName), manifest);
            default:
                throw new ModelException(
                    System.IO.Directory.Exists(directory) ? $"{directory}: {ModelDirectory.WhyNoModel(directory)}" : $"{directory}: no such model; put its directory there, or name another");
        }
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
