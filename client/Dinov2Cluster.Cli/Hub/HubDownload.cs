using System.Net;
using System.Net.Http.Headers;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>
/// Downloads one file into a directory. It is a <c>.part</c> until it is complete and its hash is right; after a broken connection, and in a later run,
/// the download continues at its end.
/// </summary>
internal sealed class HubDownload(HubClient client, HubModel model, string commit, Retry retry, IPullProgress progress)
{
    private const int BufferSize = 1 << 17;
    private const int MaxAttempts = 2;

    // A connection that delivers less counts as a failure, so that the number of connections is limited.
    private const int MinProgress = 1 << 20;

    /// <summary>Bytes of a file that exist from an earlier run.</summary>
    public static long Existing(string directory, HubFile file) => new FileInfo(PartOf(directory, file)) is { Exists: true } part ? Math.Min(part.Length, file.Size) : 0;

    /// <summary>Downloads a file, unless it exists.</summary>
    /// <exception cref="CommandException">The download fails, or has a wrong checksum twice.</exception>
    public async Task RunAsync(string directory, HubFile file, CancellationToken cancellationToken)
    {
        var target = Path.Combine(directory, file.Name);
        var part = PartOf(directory, file);
        // A file gets its name only after its hash was right.
        if (File.Exists(target))
        {
            return;
        }

        for (var attempt = 1; ; attempt++)
        {
            progress.Begin(file.Name, file.Size, Existing(directory, file));
            await CompleteAsync(part, file, cancellationToken);
            if (await file.MatchesAsync(part, cancellationToken))
            {
                File.Delete(TagOf(part));
                File.Move(part, target);
                return;
            }

            File.Delete(part);
            if (attempt == MaxAttempts)
            {
                throw new CommandException(
                    $"{file.Name} arrived with a wrong checksum {MaxAttempts} times; the hub or a proxy damages it: try again later, or set HF_ENDPOINT to another hub");
            }
        }
    }

    private static string PartOf(string directory, HubFile file) => Path.Combine(directory, file.Name + ".part");

    private static string TagOf(string part) => part + ".etag";

    private async Task CompleteAsync(string part, HubFile file, CancellationToken cancellationToken)
    {
        // Two simultaneous runs would mix their bytes.
        await using var stream = OpenPart(part);
        if (stream.Length > file.Size)
        {
            stream.SetLength(0);
        }

        var before = stream.Length;
        while (stream.Length < file.Size)
        {
            await retry.RunAsync(
                async watch =>
                {
                    before = stream.Length;
                    await ReceiveAsync(stream, TagOf(part), file, watch);
                    return true;
                },
                () => stream.Length - before >= MinProgress,
                cancellationToken);
        }
    }

    private static FileStream OpenPart(string part)
    {
        try
        {
            return new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch (IOException exception) when (File.Exists(part))
        {
            throw new CommandException($"{part} is in use; wait until the other download of this model has ended", exception);
        }
    }

    private async Task ReceiveAsync(FileStream stream, string tagFile, HubFile file, StandStillWatch watch)
    {
        var offset = stream.Length;
        var tag = offset > 0 && File.Exists(tagFile) && EntityTagHeaderValue.TryParse(await File.ReadAllTextAsync(tagFile, watch.Token), out var saved) ? saved : null;
        using var response = await client.OpenAsync(model, commit, file.Name, offset, tag, watch.Token);
        watch.Touch();
        if (!Continues(response, offset, file.Size, tag))
        {
            stream.SetLength(0);
            progress.Restart();
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new TransientException($"the server sent another part of {file.Name} than requested; try again later");
            }
        }

        if (response.Headers.ETag is { IsWeak: false } strong)
        {
            await File.WriteAllTextAsync(tagFile, strong.ToString(), watch.Token);
        }
        else
        {
            File.Delete(tagFile);
        }

        await CopyAsync(response, stream, file, watch);
    }

    /// <summary>Whether the answer continues the existing bytes: the requested part, of an unchanged file of the same size.</summary>
    private static bool Continues(HttpResponseMessage response, long offset, long size, EntityTagHeaderValue? tag) => response.StatusCode == HttpStatusCode.PartialContent
        ? response.Content.Headers.ContentRange is { Unit: "bytes", From: { } from } range && from == offset && (range.Length ?? size) == size
            && (tag is null || response.Headers.ETag is null || response.Headers.ETag.Equals(tag))
        : offset == 0 && response.StatusCode == HttpStatusCode.OK;

    private async Task CopyAsync(HttpResponseMessage response, FileStream stream, HubFile file, StandStillWatch watch)
    {
        await using var body = await response.Content.ReadAsStreamAsync(watch.Token);
        var buffer = new byte[BufferSize];
        stream.Position = stream.Length;
        while (await HubClient.ReadAsync(body, buffer, watch.Token) is > 0 and var count)
        {
            watch.Touch();
            // Extra bytes would only fill the disk; the hash is wrong anyway.
            var used = (int)Math.Min(count, file.Size - stream.Length);
            await stream.WriteAsync(buffer.AsMemory(0, used), watch.Token);
            progress.Advance(used);
            if (stream.Length == file.Size)
            {
                return;
            }
        }

        if (stream.Length < file.Size)
        {
            throw new TransientException($"the connection ended before {file.Name} was complete; check the network and run the command again to continue");
        }
    }
}
