using System.Text.Json;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.TestSupport;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Benchmarks.Devices;

/// <summary>Where ONNX Runtime places the nodes of a compiled model, and what they take, from its own profile of one batch.</summary>
internal static class NodesBenchmark
{
    // On a GPU a node's time is that of its launch only, unless launches wait for their kernels (CUDA_LAUNCH_BLOCKING=1).
    private const int Most = 8;

    /// <summary>Prints one line of JSON: nodes by provider, and the operators that take the most time.</summary>
    public static void Run(TextWriter output, string modelDirectory, DeviceKind device, int batch)
    {
        using var temporary = new TemporaryDirectory();
        var nodes = Profile(modelDirectory, device, batch, temporary["profile"]);
        output.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "nodes",
            model = Path.GetFileName(Path.TrimEndingDirectorySeparator(modelDirectory)),
            device = device.ToString().ToLowerInvariant(),
            batch,
            providers = nodes.GroupBy(node => node.Provider).ToDictionary(group => group.Key, group => group.Count()),
            operators = nodes.GroupBy(node => node.Operator).OrderByDescending(group => group.Sum(node => node.Milliseconds)).Take(Most)
                .ToDictionary(group => group.Key, group => new { nodes = group.Count(), ms = Math.Round(group.Sum(node => node.Milliseconds), 2) }),
        }));
    }

    private static List<Node> Profile(string modelDirectory, DeviceKind device, int batch, string prefix)
    {
        var manifest = ModelManifestFile.Read(modelDirectory);
        using var options = OnnxSessionOptions.Create(new DeviceOptions { Kind = device }, manifest);
        // In this order: profiling begins to write under the prefix that it finds.
        options.ProfileOutputPathPrefix = prefix;
        options.EnableProfiling = true;
        using var session = new InferenceSession(Path.Combine(modelDirectory, ModelCompiler.GraphFileName), options);
        using var run = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(
            new byte[batch * manifest.ImageSize * manifest.ImageSize * 3], [batch, manifest.ImageSize, manifest.ImageSize, 3]);
        for (var i = 0; i < 2; i++)
        {
            using var outputs = session.Run(run, session.InputNames, [input], [session.OutputNames[0]]);
        }

        using var profile = JsonDocument.Parse(File.ReadAllBytes(session.EndProfiling()));
        var kernels = profile.RootElement.EnumerateArray()
            .Where(entry => entry.GetProperty("name").GetString()!.EndsWith("_kernel_time", StringComparison.Ordinal))
            .Select(entry => new Node(
                entry.GetProperty("args").GetProperty("provider").GetString()!,
                entry.GetProperty("args").GetProperty("op_name").GetString()!,
                entry.GetProperty("dur").GetDouble() / 1000))
            .ToList();

        // The second run.
        return kernels[(kernels.Count / 2)..];
    }

    private sealed record Node(string Provider, string Operator, double Milliseconds);
}
