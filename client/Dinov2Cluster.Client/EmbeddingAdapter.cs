using Microsoft.Extensions.AI;

namespace Dinov2Cluster.Client;

/// <summary>Converts options and results from and to <c>Microsoft.Extensions.AI</c>.</summary>
internal static class EmbeddingAdapter
{
    public const string ProviderName = "dinov2";

    /// <exception cref="NotSupportedException">The options ask for something that an embedding can't be.</exception>
    public static EmbedOptions ToOptions(IEmbeddingGenerator generator, EmbeddingGenerationOptions? options)
    {
        if (options?.Dimensions is not null)
        {
            throw new NotSupportedException("A model's features have one length: leave Dimensions unset.");
        }

        var result = options?.RawRepresentationFactory?.Invoke(generator) as EmbedOptions ?? new EmbedOptions();
        return result.Output == EmbedOutput.PatchTokens
            ? throw new NotSupportedException("An embedding is one vector, patch tokens are many: call EmbedAsync for them.")
            : result with { Model = options?.ModelId ?? result.Model };
    }

    /// <exception cref="Dinov2Exception">An image has no features; the message names the image.</exception>
    public static GeneratedEmbeddings<Embedding<float>> ToEmbeddings(IReadOnlyList<EmbedResult> results, DateTimeOffset now) =>
        new(results.Select(result => result.GetEmbedding()).Select(embedding => new Embedding<float>(embedding.Features)
        {
            ModelId = embedding.Model,
            CreatedAt = now,
        }))
        {
            // Images have no tokens to count.
            Usage = new UsageDetails { AdditionalCounts = new() { ["images"] = results.Count } },
        };
}
