using System.Runtime.CompilerServices;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Vectors;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>
/// Embeds images at a gateway into a vector file. The client reads files, sends and receives at the same time, with a limited number of images in
/// flight; this class finds paths on one thread and writes rows on another.
/// </summary>
internal sealed class EmbedRun(Dinov2Client client, IVectorWriter writer, EmbedTally tally, FailureList failures, TimeProvider time)
{
    // A crash of the machine loses the work of this duration.
    private static readonly TimeSpan _flushPeriod = TimeSpan.FromSeconds(5);

    /// <exception cref="Dinov2Exception">The gateway fails, not an image.</exception>
    /// <exception cref="CommandException">The features don't fit into the file.</exception>
    public async Task RunAsync(ImageList images, EmbedOptions options, CancellationToken cancellationToken)
    {
        var flushed = time.GetTimestamp();
        await foreach (var result in client.EmbedManyAsync(SourcesAsync(images, cancellationToken), options, cancellationToken))
        {
            Take(result);
            if (time.GetElapsedTime(flushed) >= _flushPeriod)
            {
                await writer.FlushAsync(cancellationToken);
                flushed = time.GetTimestamp();
            }
        }
    }

    private void Take(EmbedResult result)
    {
        var path = (string)result.Source.Tag!;
        if (!result.IsSuccess)
        {
            if (IsAboutAllImages(result.Error.Kind))
            {
                throw result.Error;
            }

            Fail(path, result.Error.Message);
        }
        else if (writer.Append(path, result.Embedding.Features.Span, result.Embedding.Model))
        {
            tally.AddEmbedded();
        }
        else
        {
            // The command line names it twice.
            tally.AddSkipped();
        }
    }

    /// <summary>Whether the other images would fail as well: then the run stops instead of failing a million times.</summary>
    private static bool IsAboutAllImages(Dinov2ErrorKind kind) => kind is Dinov2ErrorKind.InvalidRequest or Dinov2ErrorKind.ModelNotFound
        or Dinov2ErrorKind.Unauthenticated or Dinov2ErrorKind.PermissionDenied or Dinov2ErrorKind.Overloaded or Dinov2ErrorKind.Unavailable;

    private async IAsyncEnumerable<ImageSource> SourcesAsync(ImageList images, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var path in images.ReadAsync(Fail, cancellationToken))
        {
            if (writer.State.Done.Contains(path))
            {
                tally.AddSkipped();
            }
            else if (PathText.ToSource(path) is { } source)
            {
                source.Tag = path;
                yield return source;
            }
            else
            {
                Fail(path, PathText.InvalidUrl);
            }
        }
    }

    private void Fail(string path, string reason)
    {
        failures.Add(path, reason);
        tally.AddFailed();
    }
}
