using System.Text.Json;

namespace Dinov2Cluster.TestSupport;

/// <summary>
/// The reference answers: crops made by Pillow 9.4 and features made by Meta's DINOv2 on torch 1.13.1.
/// Read from <c>../shared/golden</c> where it exists, else from the copy in <c>tests/golden</c>.
/// </summary>
public static class GoldenData
{
    /// <summary>Folder with <c>images/</c>, <c>expected/</c> and <c>checkpoints/</c>.</summary>
    public static string Directory { get; } = Find();

    /// <summary>Image file names, in the order of the rows of every feature file.</summary>
    public static IReadOnlyList<string> Images { get; } =
        JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(Expected("images.json")))!;

    /// <summary>Path of a reference image.</summary>
    public static string Image(string name) => Path.Combine(Directory, "images", name);

    /// <summary>Path of a file of expected values.</summary>
    public static string Expected(string name) => Path.Combine(Directory, "expected", name);

    /// <summary>Path of a reference checkpoint directory.</summary>
    public static string Checkpoint(string name) => Path.Combine(Directory, "checkpoints", name);

    /// <summary>Copies a reference checkpoint into a model repository.</summary>
    /// <param name="checkpoint">The checkpoint's name.</param>
    /// <param name="repository">Directory of the repository; made when it is not there.</param>
    /// <param name="name">Name of the copy; the checkpoint's own by default.</param>
    public static void CopyCheckpoint(string checkpoint, string repository, string? name = null)
    {
        var target = System.IO.Directory.CreateDirectory(Path.Combine(repository, name ?? checkpoint)).FullName;
        foreach (var file in System.IO.Directory.GetFiles(Checkpoint(checkpoint)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
    }

    /// <summary>The crop that enters the model: uint8, row-major [224, 224, 3], RGB.</summary>
    public static byte[] Crop(string image) => NpyFile.ReadBytes(Expected(image + ".rgb.npy"));

    private static string Find()
    {
        var shared = Path.GetFullPath(Path.Combine(RepositoryRoot.Path, "..", "shared", "golden"));
        return System.IO.Directory.Exists(shared) ? shared : Path.Combine(RepositoryRoot.Path, "tests", "golden");
    }
}
