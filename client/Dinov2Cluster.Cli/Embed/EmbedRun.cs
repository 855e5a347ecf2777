using System.Runtime.CompilerServices;
using Dinov2Cluster.Cli.Vectors;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>
/// Takes images through a gateway into a vector file. The client reads files, sends and receives at the same time, and only so many at once; this
/// side of it finds paths on one thread and writes rows on another.
/// </summary>
internal sealed class EmbedRun(Dinov2Client client, IVectorWriter writer, EmbedTally tally, FailureList failures, TimeProvider time)
{
    // A crash of the machine costs that much work.
    private static readonly TimeSpan FlushPeriod = TimeSpan.FromSeconds(5);

    // The file's set of paths is asked by the one thread and added to by the other.
    private readonly Lock _file = new();

    /// <exception cref="Dinov2Exception">The gateway fails, not an image.</exception>
    /// <exception cref="CommandException">The features don't fit into the file.</exception>
    public async Task RunAsync(ImageList images, EmbedOptions options, CancellationToken cancellationToken)
    {
        var flushed = time.GetTimestamp();
        await foreach (var result in client.EmbedManyAsync(SourcesAsync(images, cancellationToken), options, cancellationToken))
        {
            Take(result);
            if (time.GetElapsedTime(flushed) >= FlushPeriod)
            {
                await writer.FlushAsync(cancellationToken);
                flushed = time.GetTimestamp();
            }
        }
    }

    private void Take(EmbedResult result)
    {
        var path = (string)result.Source.Tag!;
        if (result.IsSuccess)
        {
            if (Append(path, result.Embedding))
            {
                tally.AddEmbedded();
            }
            else
            {
                // The command line names it twice.
                tally.AddSkipped();
            }
        }
        else if (IsAboutAllImages(result.Error.Kind))
        {
            throw result.Error;
        }
        else
        {
            Fail(path, result.Error.Message);
        }
    }

    private bool Append(string path, ImageEmbedding embedding)
    {
        lock (_file)
        {
            return writer.Append(path, embedding.Features.Span, embedding.Model);
        }
    }

    /// <summary>Whether the next image would fail as well: a run that goes on would only fail a million times.</summary>
    private static bool IsAboutAllImages(Dinov2ErrorKind kind) => kind is Dinov2ErrorKind.InvalidRequest or Dinov2ErrorKind.ModelNotFound
        or Dinov2ErrorKind.Unauthenticated or Dinov2ErrorKind.PermissionDenied or Dinov2ErrorKind.Overloaded or Dinov2ErrorKind.Unavailable;

    private async IAsyncEnumerable<ImageSource> SourcesAsync(ImageList images, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var path in images.ReadAsync(Fail, cancellationToken))
        {
            if (IsDone(path))
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
                Fail(path, "is no URL");
            }
        }
    }

    private bool IsDone(string path)
    {
        lock (_file)
        {
            return writer.Done.Contains(path);
        }
    }

    private void Fail(string path, string reason)
    {
        failures.Add(path, reason);
        tally.AddFailed();
    }
}
