using System.CommandLine;
using Dinov2Cluster.Cli.Embed;
using Dinov2Cluster.Cli.Search;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Gateways;

/// <summary>Embeds the image that is searched for at a gateway. Not normalised: the cosine doesn't ask for lengths.</summary>
internal sealed class GatewayQueryEmbedder(CommandContext context) : IQueryEmbedder
{
    private readonly GatewayOptions _gateway = GatewayOptions.ForEmbedding("grpc", "http");
    private readonly OutputOption _output = new();

    public IReadOnlyList<Option> Options => [.. _gateway.Options, _output.Option];

    public async Task<QueryVector> EmbedAsync(string image, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (!PathText.IsUrl(image) && !File.Exists(image))
        {
            throw new CommandException($"{image}: there is no such file, and the index has no image of this name");
        }

        if (PathText.ToSource(image) is not { } source)
        {
            throw new CommandException($"{image} is no URL");
        }

        var target = _gateway.Read(parsed, context);
        await using var client = await target.ConnectAsync(configure: null, cancellationToken);
        try
        {
            var embedding = await client.EmbedAsync(source, new EmbedOptions { Output = _output.Read(parsed) }, cancellationToken);
            return new QueryVector(embedding.Features, embedding.Model);
        }
        catch (Dinov2Exception e) when (e.Kind is Dinov2ErrorKind.InvalidImage or Dinov2ErrorKind.UnreadableSource)
        {
            throw new CommandException($"{image}: {e.Message.TrimEnd('.')}", e);
        }
        catch (Dinov2Exception e)
        {
            throw GatewayErrors.ToCommandException(e, target.Url);
        }
    }
}
