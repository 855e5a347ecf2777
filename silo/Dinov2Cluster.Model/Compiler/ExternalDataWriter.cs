using System.Globalization;
using Dinov2Cluster.Model.Compiler.Onnx;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>Appends tensors to the file next to <c>model.onnx</c>: protobuf ends at 2 GB, the giant has 4.5.</summary>
internal sealed class ExternalDataWriter(string path) : IDisposable
{
    // ONNX asks for page-aligned offsets so that readers can map the file; large tensors get the allocation granularity of Windows.
    private const int Page = 4096;
    private const int Granularity = 65536;
    private const int LargeTensor = 1 << 20;

    private readonly string _location = Path.GetFileName(path);
    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);

    /// <summary>Appends the bytes and points the tensor at them.</summary>
    public void Write(TensorProto tensor, ReadOnlySpan<byte> bytes)
    {
        var alignment = bytes.Length >= LargeTensor ? Granularity : Page;
        // Seeking beyond the end leaves zeros between.
        _file.Position = (_file.Position + alignment - 1) / alignment * alignment;
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        Describe(tensor, "location", _location);
        Describe(tensor, "offset", _file.Position.ToString(CultureInfo.InvariantCulture));
        Describe(tensor, "length", bytes.Length.ToString(CultureInfo.InvariantCulture));
        _file.Write(bytes);
    }

    /// <summary>Waits until everything is on the disk.</summary>
    public void Flush() => _file.Flush(flushToDisk: true);

    public void Dispose() => _file.Dispose();

    private static void Describe(TensorProto tensor, string key, string value) =>
        tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
}
