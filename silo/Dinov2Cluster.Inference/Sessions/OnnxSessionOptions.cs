using System.Globalization;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Compiler;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>ONNX Runtime's options for one device.</summary>
internal static class OnnxSessionOptions
{
    /// <summary>Builds them; the caller disposes them after the session is made.</summary>
    /// <exception cref="ModelException">This build or this machine has no support for the device.</exception>
    public static SessionOptions Create(DeviceOptions device, ModelManifest? manifest)
    {
        if (device.WhyUnusable() is { } reason)
        {
            throw new ModelException($"{device.Id} can't be used: {reason}.");
        }

        var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            InterOpNumThreads = 1,

            // A pattern is kept for every batch size, each with its own block: a quarter more memory over mixed sizes, without a gain in time.
            EnableMemoryPattern = false,

            // The runtime's own default counts the machine's cores and ignores a container's CPU limit.
            IntraOpNumThreads = device.Threads > 0 ? device.Threads : Environment.ProcessorCount,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
        };
        try
        {
            // Divides work into blocks that shrink towards the end, so that a thread whose core decodes an image for a moment doesn't delay the
            // others: a tenth more images per second next to a gateway. ONNX Runtime's documentation recommends 4.
            options.AddSessionConfigEntry("session.dynamic_block_base", "4");
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", device.AllowSpinning ? "1" : "0");
            // On a CPU that has AVX2 or AVX-512 without VNNI, sums of 8-bit products saturate at 16 bits, which turns features of an int8 model
            // by several degrees. This selects a slower, exact kernel there; it changes nothing on other CPUs (onnxruntime_session_options_config_keys.h).
            options.AddSessionConfigEntry("session.x64quantprecision", "1");
            if (device.Kind == DeviceKind.Cuda)
            {
                AddCuda(options, device.Id, manifest);
            }

            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    private static void AddCuda(SessionOptions options, DeviceId device, ModelManifest? manifest)
    {
        // Weights take what they need: the arena is for what batches need.
        options.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1");

        // It makes one Split of unequal parts out of the CLS row and the patch tokens, and that copies tables of its parts to the device in each run.
        options.AddSessionConfigEntry("optimization.disable_specified_optimizers", "GatherSliceToSplitFusion");
        if (manifest is not null)
        {
            // All of a compiled graph's operators have CUDA kernels. Without this, one that has none for its types would run on the CPU, slowly and silently.
            options.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1");
        }

        // An fp16 residual stream needs no setting: ONNX Runtime 1.31 always sums in fp32 (pull requests 28682 and 29388).
        var settings = new Dictionary<string, string>
        {
            ["device_id"] = device.Index.ToString(CultureInfo.InvariantCulture),

            // Blocks that double, and are divided: with a block for each size that was once needed, lanes that run batches of mixed sizes now and then find
            // none that fits, and allocate under traffic.
            ["arena_extend_strategy"] = "kNextPowerOfTwo",

            // The default tries every algorithm again for each new batch size.
            ["cudnn_conv_algo_search"] = "HEURISTIC",

            // An fp32 model is the reference; compile for fp16 to gain speed.
            ["use_tf32"] = "0",

            // Flash attention (1) and memory-efficient attention (2). The default also takes cuDNN's, which builds a plan, in about 0.4 s, for each
            // thread and batch size.
            ["sdpa_kernel"] = "3",
        };
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(settings);
        options.AppendExecutionProvider_CUDA(cuda);
    }
}
