using Dinov2Cluster.Inference.Sessions;

namespace Dinov2Cluster.Inference.Tests.Sessions;

public sealed class OutOfDeviceMemoryExceptionTests
{
    [Theory]
    [InlineData("[ErrorCode:RuntimeException] Non-zero status code returned while running FusedMatMul node. Name:'m' Status Message: /onnxruntime/core/framework/bfc_arena.cc:359 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 8388608000")]
    [InlineData("[ErrorCode:Fail] onnxruntime::CudaCall CUDA failure 2: out of memory ; GPU=0 ; hostname=x ; file=cuda_stream_handle.cc ; line=175 ; expr=cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);")]
    [InlineData("onnxruntime::CudaCall CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; hostname=x ; expr=cublasCreate(&cublas_handle_);")]
    [InlineData("CUDNN failure 4003: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED ; GPU=0")]
    public void Texts_of_the_runtime_that_mean_it(string error) => Assert.True(OutOfDeviceMemoryException.IsMeantBy(error));

    [Theory]
    [InlineData("[ErrorCode:Fail] CUDA failure 700: an illegal memory access was encountered ; GPU=0")]
    [InlineData("[ErrorCode:InvalidArgument] Got invalid dimensions for input")]
    public void Texts_that_do_not(string error) => Assert.False(OutOfDeviceMemoryException.IsMeantBy(error));
}
