using Dinov2Cluster.Cli.Vectors;

namespace Dinov2Cluster.Cli.Search;

/// <summary>Searches a vector file exactly: every row is read and compared, and no more than the best ones are kept.</summary>
internal sealed class VectorIndex(string file)
{
    /// <summary>The vector of an image that the file has; null when it hasn't.</summary>
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
    /// <param name="query">What is searched for.</param>
    /// <param name="image">Its path: the file's rows of this path are left out.</param>
    /// <param name="count">How many rows are wanted.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="CommandException">The query has no direction, or the file is of another model.</exception>
    public async Task<SearchResult> SearchAsync(QueryVector query, string image, int count, CancellationToken cancellationToken)
    {
        var cosine = CosineQuery.TryCreate(query.Features.Span) ?? throw new CommandException($"the features of {image} are zero or not finite, so nothing is like them; name another image");
        await using var reader = await VectorFile.OpenReaderAsync(file, cancellationToken);
        var nearest = new NearestRows(count);
        var compared = 0L;
        var passedOver = 0L;
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
                passedOver++;
            }
        }

        return new SearchResult(nearest.Take(), compared, passedOver);
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
