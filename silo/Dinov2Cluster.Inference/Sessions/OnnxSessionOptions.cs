using System.Globalization;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Model;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>ONNX Runtime's options for one device.</summary>
internal static class OnnxSessionOptions
{
    /// <summary>Builds them; the caller disposes them after the session is made.</summary>
    /// <exception cref="ModelException">This build has no support for the device.</exception>
    public static SessionOptions Create(DeviceOptions device)
    {
        if (AcceleratorBuild.WhyUnsupported(device.Kind) is { } reason)
        {
            throw new ModelException($"Can't load a model on {device.Id}: {reason}.");
        }

        var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            InterOpNumThreads = 1,

            // A pattern is kept for every batch size, and each wants a block of its own: a quarter more memory over mixed sizes, for no time gained.
            EnableMemoryPattern = false,

            // Not the runtime's own default: that counts the machine's cores and ignores a container's CPU limit.
            IntraOpNumThreads = device.Threads > 0 ? device.Threads : Environment.ProcessorCount,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
        };
        try
        {
            // Shares work out in blocks that shrink towards the end, so that a thread whose core decodes an image for a moment doesn't hold the
            // others up: a tenth more images per second beside a gateway. 4 is what ONNX Runtime's documentation recommends.
            options.AddSessionConfigEntry("session.dynamic_block_base", "4");
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", device.AllowSpinning ? "1" : "0");
            // Where a CPU has AVX2 or AVX-512 without VNNI, products of 8-bit numbers are summed in 16 bits and saturate: features of an int8 model turn
            // by several degrees. This takes a slower and exact kernel there; other CPUs are not touched (onnxruntime_session_options_config_keys.h).
            options.AddSessionConfigEntry("session.x64quantprecision", "1");
            AppendProviders(options, device);
            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    private static void AppendProviders(SessionOptions options, DeviceOptions device)
    {
        var index = device.Index.ToString(CultureInfo.InvariantCulture);
        if (device.Kind == DeviceKind.TensorRt)
        {
            using var tensorRt = new OrtTensorRTProviderOptions();
            tensorRt.UpdateOptions(new Dictionary<string, string> { ["device_id"] = index });
            options.AppendExecutionProvider_Tensorrt(tensorRt);
        }

        if (device.Kind is DeviceKind.Cuda or DeviceKind.TensorRt)
        {
            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(new Dictionary<string, string>
            {
                ["device_id"] = index,
                ["arena_extend_strategy"] = "kSameAsRequested",

                // The default tries every algorithm again for each batch size it has not met.
                ["cudnn_conv_algo_search"] = "HEURISTIC",

                // An fp32 model is the reference; whoever wants speed compiles for fp16.
                ["use_tf32"] = "0",
            });
            options.AppendExecutionProvider_CUDA(cuda);
        }
    }
}
