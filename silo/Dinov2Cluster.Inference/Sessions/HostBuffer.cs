using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dinov2Cluster.Inference.Devices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>
/// Memory of one tensor that the host uses and the device can access at full speed: native and aligned for a CPU, page-locked for a GPU.
/// The first n rows are a tensor of their own (<see cref="Rows"/>), so all batch sizes share the buffer.
/// </summary>
internal sealed unsafe class HostBuffer : IDisposable
{
    // A cache line, and the widest vector register.
    private const nuint Alignment = 64;

    private readonly OrtAllocator? _allocator;
    private readonly OrtValue? _pinned;
    private readonly void* _data;

    public HostBuffer(InferenceSession session, DeviceId device, TensorElementType type, long[] shape)
    {
        Type = type;
        Shape = shape;
        Bytes = checked((int)(shape.Aggregate(1L, (product, size) => checked(product * size)) * ElementSize(type)));
        if (device.Kind == DeviceKind.Cuda)
        {
            using var pinned = new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA_PINNED, OrtAllocatorType.DeviceAllocator, device.Index, OrtMemType.CpuOutput);
            _allocator = new OrtAllocator(session, pinned);
            _pinned = OrtValue.CreateAllocatedTensorValue(_allocator, type, shape);
            _data = Unsafe.AsPointer(ref MemoryMarshal.GetReference(_pinned.GetTensorMutableRawData()));
        }
        else
        {
            _data = NativeMemory.AlignedAlloc((nuint)Bytes, Alignment);
            NativeMemory.Clear(_data, (nuint)Bytes);
        }
    }

    public TensorElementType Type { get; }

    public long[] Shape { get; }

    public int Bytes { get; }

    public Span<T> AsSpan<T>()
        where T : unmanaged => new(_data, Bytes / sizeof(T));

    /// <summary>
    /// The first <paramref name="count"/> rows as a tensor that shares this memory. Page-locked memory is labeled as ordinary memory of the CPU: the CUDA
    /// provider reads and writes tensors labeled as CUDA's pinned memory in place, byte by byte over PCIe, and then refuses to copy an output onto itself.
    /// </summary>
    public OrtValue Rows(int count)
    {
        var shape = (long[])Shape.Clone();
        shape[0] = count;
        return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, Type, shape, (nint)_data, Bytes / Shape[0] * count);
    }

    public void Dispose()
    {
        if (_pinned is null)
        {
            NativeMemory.AlignedFree(_data);
        }

        _pinned?.Dispose();
        _allocator?.Dispose();
    }

    private static int ElementSize(TensorElementType type) => type == TensorElementType.UInt8 ? sizeof(byte) : sizeof(float);
}
