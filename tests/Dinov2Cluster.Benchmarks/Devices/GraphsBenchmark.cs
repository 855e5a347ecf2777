using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Dinov2Cluster.Model.Compiler;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dinov2Cluster.Benchmarks.Devices;

/// <summary>
/// What CUDA graphs are worth for a compiled model on a GPU: two sessions that differ in <c>enable_cuda_graph</c> alone, in turn, with inputs and outputs that
/// stay on the device, as a graph demands.
/// </summary>
internal sealed class GraphsBenchmark(TextWriter output, TimeSpan duration, int rounds)
{
    /// <summary>Prints a line of JSON for each batch size.</summary>
    public void Run(string modelDirectory, int[] batches, CancellationToken cancellationToken)
    {
        var manifest = ModelManifestFile.Read(modelDirectory);
        using var plain = Open(modelDirectory, graphs: false);
        using var graph = Open(modelDirectory, graphs: true);
        foreach (var batch in batches)
        {
            using var without = new Runner(plain, manifest, batch);
            using var with = new Runner(graph, manifest, batch);
            var times = (Plain: new double[rounds], Graph: new double[rounds]);
            for (var round = 0; round < rounds; round++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                times.Plain[round] = without.Milliseconds(duration / rounds);
                times.Graph[round] = with.Milliseconds(duration / rounds);
            }

            output.WriteLine(JsonSerializer.Serialize(new
            {
                benchmark = "graphs",
                model = manifest.Name,
                precision = manifest.Precision.ToString().ToLowerInvariant(),
                batch,
                plainMs = Math.Round(Measurement.Median(times.Plain), 3),
                graphMs = Math.Round(Measurement.Median(times.Graph), 3),
                graphOverPlain = Math.Round(Measurement.Median(times.Graph.Zip(times.Plain, (with, without) => with / without)), 3),
            }));
        }
    }

    private static InferenceSession Open(string modelDirectory, bool graphs)
    {
        using var options = new SessionOptions();
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(new Dictionary<string, string> { ["device_id"] = "0", ["use_tf32"] = "0", ["sdpa_kernel"] = "3", ["enable_cuda_graph"] = graphs ? "1" : "0" });
        options.AppendExecutionProvider_CUDA(cuda);
        return new InferenceSession(Path.Combine(modelDirectory, ModelCompiler.GraphFileName), options);
    }

    private sealed class Runner : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly OrtMemoryInfo _memory = new(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, 0, OrtMemType.Default);
        private readonly OrtAllocator _allocator;
        private readonly OrtValue _input;
        private readonly OrtValue _features;
        private readonly OrtIoBinding _binding;
        private readonly RunOptions _options = new();

        public Runner(InferenceSession session, ModelManifest manifest, int batch)
        {
            _session = session;
            _allocator = new OrtAllocator(session, _memory);
            _input = OrtValue.CreateAllocatedTensorValue(_allocator, TensorElementType.UInt8, [batch, manifest.ImageSize, manifest.ImageSize, 3]);
            _features = OrtValue.CreateAllocatedTensorValue(_allocator, TensorElementType.Float, [batch, manifest.EmbeddingSize]);
            _binding = session.CreateIoBinding();
            _binding.BindInput(session.InputNames[0], _input);
            _binding.BindOutput(session.OutputNames[0], _features);
            // A graph has fixed shapes: one for each batch size.
            _options.AddRunConfigEntry("gpu_graph_id", batch.ToString(CultureInfo.InvariantCulture));
            for (var run = 0; run < 3; run++)
            {
                // The first runs allocate, the next is captured.
                _session.RunWithBinding(_options, _binding);
            }
        }

        public double Milliseconds(TimeSpan duration)
        {
            var clock = Stopwatch.StartNew();
            var runs = 0;
            for (; clock.Elapsed < duration; runs++)
            {
                _session.RunWithBinding(_options, _binding);
            }

            return clock.Elapsed.TotalMilliseconds / runs;
        }

        public void Dispose()
        {
            _options.Dispose();
            _binding.Dispose();
            _features.Dispose();
            _input.Dispose();
            _allocator.Dispose();
            _memory.Dispose();
        }
    }
}
