using Microsoft.Extensions.AI;

namespace Dinov2Cluster.Client;

/// <summary>Options and results as <c>Microsoft.Extensions.AI</c> has them.</summary>
internal static class EmbeddingAdapter
{
    public const string ProviderName = "dinov2";

    /// <summary>What the generator's options ask for.</summary>
    /// <exception cref="NotSupportedException">They ask for what an embedding can't be.</exception>
    public static EmbedOptions ToOptions(IEmbeddingGenerator generator, EmbeddingGenerationOptions? options)
    {
        if (options?.Dimensions is not null)
        {
            throw new NotSupportedException("A model's features have one length: leave Dimensions unset.");
        }

        var wanted = options?.RawRepresentationFactory?.Invoke(generator) as EmbedOptions ?? new EmbedOptions();
        return wanted.Output == EmbedOutput.PatchTokens
            ? throw new NotSupportedException("An embedding is one vector, patch tokens are many: call EmbedAsync for them.")
            : wanted with { Model = options?.ModelId ?? wanted.Model };
    }

    /// <summary>The results.</summary>
    /// <exception cref="Dinov2Exception">An image has none; the message says which.</exception>
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
