using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Opens vector files; the extension decides the format: <c>.npy</c>, <c>.parquet</c> or <c>.jsonl</c>.</summary>
internal static class VectorFile
{
    /// <summary>Most numbers in one vector: a limit for untrusted files, 40 times the giant's 1536.</summary>
    public const int MaxDimension = 1 << 16;

    public static IReadOnlyList<string> Extensions { get; } = [".npy", ".parquet", ".jsonl"];

    /// <summary>Opens a file to append to it, and creates it when it doesn't exist. Cuts off what a crash left half-written.</summary>
    /// <exception cref="CommandException">Unknown extension, a file with other content, or a file that another process writes.</exception>
    public static Task<IVectorWriter> OpenWriterAsync(string path, CancellationToken cancellationToken = default) =>
        TranslateAsync<IVectorWriter>(path, async () => Extension(path) switch
        {
            ".npy" => NpyVectorWriter.Open(path, new VectorFileState(path), cancellationToken),
            ".parquet" => await ParquetVectorWriter.OpenAsync(path, cancellationToken),
            _ => JsonlVectorWriter.Open(path, cancellationToken),
        });

    /// <summary>Opens a file to read it.</summary>
    /// <exception cref="CommandException">Unknown extension, no such file, or a file with other content.</exception>
    public static Task<IVectorReader> OpenReaderAsync(string path, CancellationToken cancellationToken = default) =>
        TranslateAsync<IVectorReader>(path, async () => Extension(path) switch
        {
            ".npy" => NpyVectorReader.Open(path),
            ".parquet" => await ParquetVectorReader.OpenAsync(path, cancellationToken),
            _ => JsonlVectorReader.Open(path),
        });

    private static string Extension(string path)
    {
        var extension = Path.GetExtension(path).ToLowerInvariant();
        return Extensions.Contains(extension)
            ? extension
            : throw new CommandException($"{path}: a vector file's name ends in {string.Join(", ", Extensions)}");
    }

    private static async Task<T> TranslateAsync<T>(string path, Func<Task<T>> open)
    {
        try
        {
            return await open();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException($"{path}: there is no such file or directory", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path}: can't be opened ({exception.Message.TrimEnd('.')})", exception);
        }
    }
}
