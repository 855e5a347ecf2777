namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>File names of a Hugging Face checkpoint directory, and how its small files are read.</summary>
internal static class CheckpointFiles
{
    public const string Config = "config.json";
    public const string Preprocessor = "preprocessor_config.json";
    public const string Weights = "model.safetensors";
    public const string WeightIndex = "model.safetensors.index.json";

    /// <summary>Key in the safetensors metadata that marks seeded random weights.</summary>
    public const string RandomSeedKey = "dinov2cluster.random_seed";

    /// <summary>Reads a whole JSON file, refusing one too large to be what it says it is.</summary>
    public static byte[] ReadSmall(string path, int limit)
    {
        try
        {
            using var file = File.OpenHandle(path);
            var length = RandomAccess.GetLength(file);
            if (length > limit)
            {
                throw new ModelException($"{path}: {length} bytes, more than the {limit} that such a file may have");
            }

            var bytes = new byte[(int)length];
            ReadExactly(file, bytes, 0, path);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>; the file may have shrunk since its length was read.</summary>
    public static void ReadExactly(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> destination, long offset, string path)
    {
        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(file, destination, offset);
            if (count == 0)
            {
                throw new ModelException($"{path}: ended at byte {offset} while it was read; was it changed meanwhile?");
            }

            destination = destination[count..];
            offset += count;
        }
    }

    public static ModelException Unreadable(string path, Exception cause) => new(
        cause switch
        {
            FileNotFoundException or DirectoryNotFoundException => $"{path}: no such file",
            UnauthorizedAccessException => $"{path}: permission denied",
            _ => $"{path}: can't be read: {cause.Message}",
        },
        cause);
}
