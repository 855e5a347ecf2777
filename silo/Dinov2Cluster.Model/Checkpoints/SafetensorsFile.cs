using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Dinov2Cluster.Model.Files;
using Microsoft.Win32.SafeHandles;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>An open safetensors file: 8 bytes of header length, the JSON header, then the tensors' bytes, little-endian.</summary>
internal sealed class SafetensorsFile : IDisposable
{
    private const int LengthBytes = sizeof(ulong);

    private readonly long _dataStart;
    private readonly (long Length, DateTime Written) _stamp;

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        Path = path;
        Handle = handle;
        _stamp = Stamp();
        var length = _stamp.Length;
        if (length < LengthBytes)
        {
            throw new ModelException($"{path}: {length} bytes are too few for a safetensors file; download it again");
        }

        Span<byte> prefix = stackalloc byte[LengthBytes];
        FileReading.ReadExactly(handle, prefix, 0, path);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > SafetensorsHeader.MaxLength)
        {
            throw new ModelException($"{path}: the header claims {headerLength} bytes, more than the {SafetensorsHeader.MaxLength} of the safetensors format; is it a safetensors file?");
        }

        _dataStart = LengthBytes + (long)headerLength;
        if (_dataStart > length)
        {
            throw new ModelException($"{path}: the header claims {headerLength} bytes but the file has {length}; it is truncated, download it again");
        }

        // At most as large as the file itself, whatever its first bytes claim.
        var json = new byte[(int)headerLength];
        FileReading.ReadExactly(handle, json, LengthBytes, path);
        Header = SafetensorsHeader.Parse(json, length - _dataStart, path);
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
            return new SafetensorsFile(path, handle);
        }
        catch (Exception exception)
        {
            handle?.Dispose();
            if (exception is IOException or UnauthorizedAccessException)
            {
                throw FileReading.Unreadable(path, exception);
            }

            throw;
        }
    }

    /// <summary>Reads a tensor as float32 straight into <paramref name="destination"/>, whose length is the tensor's.</summary>
    public void Read(SafetensorsTensor tensor, Span<float> destination)
    {
        var bytes = MemoryMarshal.AsBytes(destination);
        var offset = _dataStart + tensor.Begin;
        switch (tensor.Type)
        {
            case TensorType.F32:
                FileReading.ReadExactly(Handle, bytes, offset, Path);
                break;
            case TensorType.F16 or TensorType.BF16:
                FileReading.ReadExactly(Handle, bytes[(bytes.Length / 2)..], offset, Path);
                HalfPrecision.Widen(destination, isBFloat16: tensor.Type == TensorType.BF16);
                break;
            default:
                throw new ModelException($"{Path}: tensor {Printable.Quote(tensor.Name)} is {tensor.Type}; only F32, F16 and BF16 weights can be read, save the checkpoint in one of them");
        }
    }

    /// <summary>Throws when the file was written to since it was opened.</summary>
    public void EnsureUnchanged()
    {
        if (Stamp() != _stamp)
        {
            throw new ModelException($"{Path}: was changed while it was read; try again");
        }
    }

    public void Dispose() => Handle.Dispose();

    private (long Length, DateTime Written) Stamp() => (RandomAccess.GetLength(Handle), File.GetLastWriteTimeUtc(Handle));
}
