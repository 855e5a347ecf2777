using System.CommandLine;

namespace Dinov2Cluster.Cli.Search;

/// <summary>Embeds the image that is searched for, when the index doesn't have it.</summary>
internal interface IQueryEmbedder
{
    /// <summary>What it wants to know from the command line.</summary>
    IReadOnlyList<Option> Options { get; }

    /// <summary>Embeds an image.</summary>
    /// <param name="image">Path or URL.</param>
    /// <param name="parsed">The values of <see cref="Options"/>.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="CommandException">There is no such image, or it can't be embedded.</exception>
    Task<QueryVector> EmbedAsync(string image, ParseResult parsed, CancellationToken cancellationToken);
}
