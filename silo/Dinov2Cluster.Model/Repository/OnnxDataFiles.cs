using Dinov2Cluster.Model.Files;
using Dinov2Cluster.Model.Repository.OnnxData;
using Google.Protobuf;

namespace Dinov2Cluster.Model.Repository;

/// <summary>Finds the files next to an ONNX graph that hold its weights.</summary>
internal static class OnnxDataFiles
{
    // The parser knows only the messages that lead to a file's name, so weights inside the graph are skipped and not kept.
    private static readonly MessageParser<ModelProto> _parser = ModelProto.Parser.WithDiscardUnknownFields(true);

    /// <summary>Absolute paths, each once, in ordinal order.</summary>
    /// <remarks>A file that is not a graph has none: a simulated device serves it all the same, and others report the error when they load it.</remarks>
    /// <exception cref="ModelException">The graph can't be read, or names a file outside its own directory.</exception>
    public static IReadOnlyList<string> Find(string onnxPath)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(onnxPath))! + Path.DirectorySeparatorChar;
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var location in Read(onnxPath).Graph is { } graph ? Locations(graph) : [])
        {
            // No path may contain the null character.
            var path = location.Contains('\0', StringComparison.Ordinal) ? "" : Path.GetFullPath(location, directory);
            if (!path.StartsWith(directory, StringComparison.Ordinal))
            {
                throw new ModelException($"{onnxPath}: keeps weights in {Printable.Quote(location)}, which is outside its directory");
            }

            files.Add(path);
        }

        return [.. files];
    }

    private static ModelProto Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return _parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException)
        {
            return new ModelProto();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw FileReading.Unreadable(path, exception);
        }
    }

    private static IEnumerable<string> Locations(GraphProto graph)
    {
        var attributes = graph.Node.SelectMany(node => node.Attribute);
        return graph.Initializer.Concat(attributes.Where(attribute => attribute.T is not null).Select(attribute => attribute.T))
            .SelectMany(tensor => tensor.ExternalData)
            .Where(entry => entry.Key == "location")
            .Select(entry => entry.Value)
            .Concat(attributes.Where(attribute => attribute.G is not null).SelectMany(attribute => Locations(attribute.G)));
    }
}
