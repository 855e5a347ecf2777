using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Vectors;

namespace Dinov2Cluster.Cli.Search;

/// <summary>Searches a vector file exactly: reads and compares every row, and keeps only the best.</summary>
internal sealed class VectorIndex(string file)
{
    /// <summary>The vector of an image; null when the file doesn't have it.</summary>
    public async Task<QueryVector?> FindAsync(string path, CancellationToken cancellationToken)
    {
        await using var reader = await VectorFile.OpenReaderAsync(file, cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.Path == path)
            {
                return new QueryVector(reader.Features.ToArray(), reader.Model);
            }
        }

        return null;
    }

    /// <summary>Finds the rows nearest to a query.</summary>
    /// <param name="query">The query.</param>
    /// <param name="image">Path of its image: rows of this path are left out.</param>
    /// <param name="count">Most rows to return.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="CommandException">The query has no direction, or the file has another model.</exception>
    public async Task<SearchResult> SearchAsync(QueryVector query, string image, int count, CancellationToken cancellationToken)
    {
        var cosine = CosineQuery.TryCreate(query.Features.Span)
            ?? throw new CommandException($"the features of {image} are zero or not finite, and can't be compared; name another image");
        await using var reader = await VectorFile.OpenReaderAsync(file, cancellationToken);
        var nearest = new NearestRows(count);
        var (compared, skipped) = (0L, 0L);
        while (await reader.ReadAsync(cancellationToken))
        {
            Check(query, reader);
            if (reader.Path == image)
            {
                continue;
            }

            if (cosine.Score(reader.Features) is { } score)
            {
                nearest.Add(score, reader.Path);
                compared++;
            }
            else
            {
                skipped++;
            }
        }

        return new SearchResult(nearest.Take(), compared, skipped);
    }

    private void Check(QueryVector query, IVectorReader reader)
    {
        if (query.Model.Length > 0 && reader.Model.Length > 0 && query.Model != reader.Model)
        {
            throw new CommandException($"{file} holds features of the model '{reader.Model}', and the image was embedded with '{query.Model}'; use one model for both");
        }

        if (query.Features.Length != reader.Features.Length)
        {
            throw new CommandException($"{file} holds vectors of {reader.Features.Length} numbers, and the image's has {query.Features.Length}; use one model for both");
        }
    }
}

/// <summary>The features of the query image.</summary>
/// <param name="Features">The vector.</param>
/// <param name="Model">Name of the model that computed it; empty when it is unknown.</param>
internal sealed record QueryVector(ReadOnlyMemory<float> Features, string Model);

/// <summary>The result of a search.</summary>
/// <param name="Neighbors">The best first; equal scores in the order of the file.</param>
/// <param name="Compared">Rows that were compared with the query.</param>
/// <param name="Skipped">Rows without a direction: zero, or not finite.</param>
internal sealed record SearchResult(IReadOnlyList<Neighbor> Neighbors, long Compared, long Skipped);
