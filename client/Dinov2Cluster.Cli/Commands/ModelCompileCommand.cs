using System.CommandLine;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 model compile CHECKPOINT_DIR --output MODEL_DIR [--position-embedding MODE] [--precision PRECISION] [--residual PRECISION] [--image-size N] [--patch-tokens]</c>.</summary>
internal static class ModelCompileCommand
{
    public static Command Create(TextWriter output)
    {
        var defaults = new CompileOptions();
        var checkpoint = new Argument<string>("CHECKPOINT_DIR") { Description = "Hugging Face checkpoint: config.json and safetensors weights." };
        var directory = new Option<string>("--output") { Description = "Model directory to create; must not exist, be empty, or hold the same result.", HelpName = "MODEL_DIR", Required = true };
        var position = Choice<PositionEmbeddingMode>("--position-embedding", "How the position grid is interpolated (default: antialias with registers, else legacy).");
        var precision = Choice<Precision>("--precision", $"Precision of the weights (default: {Name(defaults.Precision)}).");
        var residual = Choice<ResidualPrecision>(
            "--residual", $"Precision of the residual stream and LayerNorms; fp16 needs --precision fp16 (default: {Name(defaults.Residual)}).");
        var imageSize = new Option<int>("--image-size") { Description = "Side of the square crop in pixels.", HelpName = "N", DefaultValueFactory = _ => defaults.ImageSize };
        var patchTokens = new Option<bool>("--patch-tokens") { Description = "Also gives the patch tokens and their mean; the model is a little slower." };
        return new Command("compile", "Compiles a checkpoint to a model directory that a silo serves.")
        {
            checkpoint, directory, position, precision, residual, imageSize, patchTokens,
        }.WithAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(directory);
            var options = new CompileOptions
            {
                Precision = Parse<Precision>(parsed.GetValue(precision)) ?? defaults.Precision,
                Residual = Parse<ResidualPrecision>(parsed.GetValue(residual)) ?? defaults.Residual,
                PositionEmbedding = Parse<PositionEmbeddingMode>(parsed.GetValue(position)),
                ImageSize = parsed.GetValue(imageSize),
                PatchTokens = parsed.GetValue(patchTokens),
            };
            // A second run succeeds, as with "model pull": what prepares a pod's models runs again whenever the pod restarts.
            var (manifest, wasThere) = CompiledModel.FindOrCompile(parsed.GetRequiredValue(checkpoint), path, options, cancellationToken);
            var stream = manifest.Residual == defaults.Residual ? "" : $" with a residual stream in {Name(manifest.Residual)}";
            var tokens = manifest.PatchTokens > 0 ? $", {manifest.PatchTokens} patch tokens" : "";
            var warning = manifest.RandomWeights ? "; random weights, its features mean nothing" : "";
            var already = wasThere ? ", was there already" : "";
            await output.WriteLineAsync(
                ($"{path}: {manifest.Name}, {manifest.EmbeddingSize} features, {Name(manifest.Precision)}{stream}, {Name(manifest.PositionEmbedding)} positions, "
                    + $"{manifest.ImageSize} pixels{tokens}{warning}{already}").AsMemory(),
                cancellationToken);
        });
    }

    private static Option<string?> Choice<T>(string name, string description)
        where T : struct, Enum
    {
        var option = new Option<string?>(name) { Description = description };
        option.AcceptOnlyFromAmong([.. Enum.GetValues<T>().Select(Name)]);
        return option;
    }

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static T? Parse<T>(string? name)
        where T : struct, Enum => name is null ? null : Enum.Parse<T>(name, ignoreCase: true);
}
