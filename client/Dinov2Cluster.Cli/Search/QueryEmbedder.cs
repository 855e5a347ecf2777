using System.CommandLine;
using Dinov2Cluster.Cli.Embed;
using Dinov2Cluster.Cli.Gateways;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Search;

/// <summary>Embeds the query image at a gateway, when the index doesn't have it. Without normalization: the cosine doesn't depend on lengths.</summary>
internal sealed class QueryEmbedder(CommandContext context)
{
    private readonly GatewayCommandOptions _gateway = GatewayCommandOptions.ForEmbedding("grpc", "http");
    private readonly OutputOption _output = new();

    public IReadOnlyList<Option> Options => [.. _gateway.Options, _output.Option];

    /// <param name="image">Path or URL.</param>
    /// <param name="parsed">The values of <see cref="Options"/>.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="CommandException">The image doesn't exist, or can't be embedded.</exception>
    public async Task<QueryVector> EmbedAsync(string image, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (!PathText.IsUrl(image) && !File.Exists(image))
        {
            throw new CommandException($"{image}: there is no such file, and the index has no image of this name");
        }

        if (PathText.ToSource(image) is not { } source)
        {
            throw new CommandException($"{image} {PathText.InvalidUrl}");
        }

        var target = _gateway.Read(parsed, context);
        await using var client = await target.ConnectAsync(configure: null, cancellationToken);
        try
        {
            var embedding = await client.EmbedAsync(source, new EmbedOptions { Output = _output.Read(parsed) }, cancellationToken);
            return new QueryVector(embedding.Features, embedding.Model);
        }
        catch (Dinov2Exception exception) when (exception.Kind is Dinov2ErrorKind.InvalidImage or Dinov2ErrorKind.UnreadableSource)
        {
            throw new CommandException($"{image}: {exception.Message.TrimEnd('.')}", exception);
        }
        catch (Dinov2Exception exception)
        {
            throw GatewayErrors.ToCommandException(exception, target.Url);
        }
    }
}
