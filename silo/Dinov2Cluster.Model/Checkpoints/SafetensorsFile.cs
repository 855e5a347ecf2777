using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>An open safetensors file: 8 bytes of header length, the JSON header, then the tensors' bytes, little-endian.</summary>
internal sealed class SafetensorsFile : IDisposable
{
    private const int LengthBytes = sizeof(ulong);
    private readonly long _dataStart;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header, long dataStart)
    {
        Path = path;
        Handle = handle;
        Header = header;
        _dataStart = dataStart;
    }

    public string Path { get; }

    public SafeFileHandle Handle { get; }

    public SafetensorsHeader Header { get; }

    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            var length = RandomAccess.GetLength(handle);
            if (length < LengthBytes)
            {
                throw new ModelException($"{path}: {length} bytes are too few for a safetensors file; download it again");
            }

            Span<byte> prefix = stackalloc byte[LengthBytes];
            CheckpointFiles.ReadExactly(handle, prefix, 0, path);
            var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (headerLength > SafetensorsHeader.MaxLength)
            {
                throw new ModelException($"{path}: the header claims {headerLength} bytes, more than the {SafetensorsHeader.MaxLength} of the safetensors format; is it a safetensors file?");
            }

            var dataStart = LengthBytes + (long)headerLength;
            if (dataStart > length)
            {
                throw new ModelException($"{path}: the header claims {headerLength} bytes but the file has {length}; it is truncated, download it again");
            }

            // Bounded by the file's own length, so a lying header can't make us allocate more than is on disk.
            var json = new byte[(int)headerLength];
            CheckpointFiles.ReadExactly(handle, json, LengthBytes, path);
            return new SafetensorsFile(path, handle, SafetensorsHeader.Parse(json, length - dataStart, path), dataStart);
        }
        catch (Exception e)
        {
            handle?.Dispose();
            if (e is IOException or UnauthorizedAccessException)
            {
                throw CheckpointFiles.Unreadable(path, e);
            }

            throw;
        }
    }

    /// <summary>Reads a tensor as float32 straight into <paramref name="destination"/>, whose length is the tensor's.</summary>
    public void Read(SafetensorsTensor tensor, Span<float> destination)
    {
        var bytes = MemoryMarshal.AsBytes(destination);
        var offset = _dataStart + tensor.Begin;
        try
        {
            switch (tensor.Type)
            {
                case TensorType.F32:
                    CheckpointFiles.ReadExactly(Handle, bytes, offset, Path);
                    break;
                case TensorType.F16:
                    CheckpointFiles.ReadExactly(Handle, bytes[(bytes.Length / 2)..], offset, Path);
                    HalfPrecision.WidenFloat16(destination);
                    break;
                case TensorType.BF16:
                    CheckpointFiles.ReadExactly(Handle, bytes[(bytes.Length / 2)..], offset, Path);
                    HalfPrecision.WidenBFloat16(destination);
                    break;
                default:
                    throw new ModelException($"{Path}: tensor {Printable.Quote(tensor.Name)} is {tensor.Type}; only F32, F16 and BF16 weights can be read, save the checkpoint in one of them");
            }
        }
        catch (IOException e)
        {
            throw CheckpointFiles.Unreadable(Path, e);
        }
    }

    public void Dispose() => Handle.Dispose();
}
