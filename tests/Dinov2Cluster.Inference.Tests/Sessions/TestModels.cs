using System.Runtime.InteropServices;
using static Dinov2Cluster.Inference.Tests.Sessions.OnnxBytes;

namespace Dinov2Cluster.Inference.Tests.Sessions;

/// <summary>Tiny models whose features are known by hand. S is 4 pixels.</summary>
internal sealed class TestModels : IDisposable
{
    public const int Size = 4;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("dinov2-inference-tests-");

    /// <summary>Our own kind: features are each channel's mean byte. Open or fixed batch.</summary>
    public string Compiled(object batch) => Write(Encode(
        [
            Node("Cast", ["pixels"], "floats", Attribute("to", Float)),
            Node("ReduceMean", ["floats"], "image_features", Attribute("axes", [1, 2]), Attribute("keepdims", 0)),
        ],
        [Value("pixels", UInt8, batch, Size, Size, 3)],
        [Value("image_features", Float, batch, 3)]));

    /// <summary>The same with a bias that lives in a file beside the model.</summary>
    public string CompiledWithExternalData(params float[] bias)
    {
        File.WriteAllBytes(Path.Combine(_directory.FullName, "bias.data"), MemoryMarshal.AsBytes<float>(bias).ToArray());
        return Write(Encode(
            [
                Node("Cast", ["pixels"], "floats", Attribute("to", Float)),
                Node("ReduceMean", ["floats"], "means", Attribute("axes", [1, 2]), Attribute("keepdims", 0)),
                Node("Add", ["means", "bias"], "image_features"),
            ],
            [Value("pixels", UInt8, "N", Size, Size, 3)],
            [Value("image_features", Float, "N", 3)],
            ExternalVector("bias", bias.Length, "bias.data")));
    }

    /// <summary>Features are each channel's largest byte and <paramref name="offset"/>. The run fails, as on a broken device, when a sum is over 199.</summary>
    public string Fragile(int offset) => Write(FragileBytes(offset));

    public static byte[] FragileBytes(int offset) => Encode(
        [
            Node("Cast", ["pixels"], "bytes", Attribute("to", Whole)),
            Node("ReduceMax", ["bytes"], "largest", Attribute("axes", [1, 2]), Attribute("keepdims", 0)),
            Node("Cast", ["offset"], "whole", Attribute("to", Whole)),
            Node("Add", ["largest", "whole"], "index"),
            Node("Gather", ["table", "index"], "image_features"),
        ],
        [Value("pixels", UInt8, "N", Size, Size, 3)],
        [Value("image_features", Float, "N", 3)],
        Vector("table", [.. Enumerable.Range(0, 200).Select(i => (float)i)]),
        Vector("offset", offset));

    /// <summary>An export with [N,D] output: features are each channel's mean normalised value.</summary>
    public string Export(string output, object batch) => Write(Encode(
        [Node("ReduceMean", ["pixel_values"], output, Attribute("axes", [2, 3]), Attribute("keepdims", 0))],
        [Value("pixel_values", Float, batch, 3, Size, Size)],
        [Value(output, Float, batch, 3)]));

    /// <summary>An export with tokens: one per channel, its features the mean of each row of pixels. Open or declared shape.</summary>
    public string ExportWithTokens(object tokens, object features) => Write(Encode(
        [Node("ReduceMean", ["pixel_values"], "last_hidden_state", Attribute("axes", [3]), Attribute("keepdims", 0))],
        [Value("pixel_values", Float, "N", 3, Size, Size)],
        [Value("last_hidden_state", Float, "N", tokens, features)]));

    /// <summary>Passes its input through: for signatures that can't be served.</summary>
    public string Identity(OnnxBytes input, OnnxBytes output, string inputName, string outputName) =>
        Write(Encode([Node("Identity", [inputName], outputName)], [input], [output]));

    public string Write(byte[] model)
    {
        var path = Path.Combine(_directory.FullName, $"model-{_directory.GetFiles().Length}.onnx");
        File.WriteAllBytes(path, model);
        return path;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
