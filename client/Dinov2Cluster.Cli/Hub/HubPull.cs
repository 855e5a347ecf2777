using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>
/// Downloads what serving needs of a model: its configuration and its safetensors weights. The directory appears complete or not at all: files are
/// collected in a hidden directory next to it, named after the commit, and a later run continues there.
/// </summary>
/// <param name="client">The hub.</param>
/// <param name="time">Clock of timeouts and pauses.</param>
/// <param name="progress">Shows the progress.</param>
/// <param name="freeSpace">Free bytes on the disk of a directory.</param>
internal sealed class HubPull(HubClient client, TimeProvider time, IPullProgress progress, Func<string, long> freeSpace)
{
    private const int MaxConfigBytes = 1 << 20;
    private const string StagingSuffix = ".pull";

    private readonly Retry _retry = new(time);

    /// <param name="model">The model.</param>
    /// <param name="output">Directory to create; must not exist, be empty, or be this very model.</param>
    /// <param name="cancellationToken">Stops it; downloaded bytes stay for a later run.</param>
    /// <exception cref="CommandException">The download fails.</exception>
    public async Task<PullResult> RunAsync(HubModel model, string output, CancellationToken cancellationToken)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        var listing = await _retry.RunAsync(watch => client.ListAsync(model, watch.Token), () => false, cancellationToken);
        var small = SmallFiles(listing, model);
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            return await IsThereAsync(target, small, listing, cancellationToken)
                ? new PullResult(listing.Commit, [.. small, .. WeightFiles(target, listing, model)], AlreadyThere: true)
                : throw new CommandException($"{output} exists, and is not {model.Id} at {listing.Commit[..12]}; remove it or name another --output");
        }

        var staging = StagingOf(target, listing.Commit);
        Directory.CreateDirectory(staging);
        var download = new HubDownload(client, model, listing.Commit, _retry, progress);
        foreach (var file in small)
        {
            await download.RunAsync(staging, file, cancellationToken);
        }

        var weights = WeightFiles(staging, listing, model);
        CheckSpace(staging, weights);
        foreach (var file in weights)
        {
            await download.RunAsync(staging, file, cancellationToken);
        }

        Publish(staging, target);
        return new PullResult(listing.Commit, [.. small, .. weights], AlreadyThere: false);
    }

    private static string StagingOf(string target, string commit) => Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{commit}{StagingSuffix}");

    private static List<HubFile> SmallFiles(HubListing listing, HubModel model)
    {
        var files = new List<HubFile> { Find(listing, CheckpointLayout.Config, MaxConfigBytes) ?? throw Missing(model, CheckpointLayout.Config) };
        if (Find(listing, CheckpointLayout.Preprocessor, MaxConfigBytes) is { } preprocessor)
        {
            files.Add(preprocessor);
        }

        if (!listing.Files.ContainsKey(CheckpointLayout.Weights))
        {
            files.Add(Find(listing, CheckpointLayout.WeightIndex, CheckpointLayout.MaxWeightIndexBytes) ?? throw Missing(model, CheckpointLayout.Weights));
        }

        return files;
    }

    // One file is preferred to shards, as in transformers.
    private static IReadOnlyList<string> WeightNames(string directory, HubListing listing) => listing.Files.ContainsKey(CheckpointLayout.Weights)
        ? [CheckpointLayout.Weights]
        : CheckpointLayout.ReadShards(Path.Combine(directory, CheckpointLayout.WeightIndex));

    private static List<HubFile> WeightFiles(string directory, HubListing listing, HubModel model) =>
        [.. WeightNames(directory, listing).Select(name => listing.Files.GetValueOrDefault(name) ?? throw Missing(model, name))];

    private static HubFile? Find(HubListing listing, string name, int limit) => listing.Files.GetValueOrDefault(name) is not { } file
        ? null
        : file.Size <= limit
            ? file
            : throw new CommandException($"{name} has {ByteSize.Format(file.Size)}, more than the {ByteSize.Format(limit)} that such a file may have; name another model");

    private static CommandException Missing(HubModel model, string name) =>
        new($"{model.Id} has no {name} (with a checksum) at {model.Revision}, which serving needs; name another model, in the safetensors format");

    private static async Task<bool> IsThereAsync(string target, List<HubFile> small, HubListing listing, CancellationToken cancellationToken)
    {
        foreach (var file in small)
        {
            if (!await file.MatchesAsync(Path.Combine(target, file.Name), cancellationToken))
            {
                return false;
            }
        }

        foreach (var name in WeightNames(target, listing))
        {
            if (!listing.Files.TryGetValue(name, out var file) || !await file.MatchesAsync(Path.Combine(target, name), cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private void CheckSpace(string staging, List<HubFile> weights)
    {
        var needed = weights.Where(file => !File.Exists(Path.Combine(staging, file.Name))).Sum(file => file.Size - HubDownload.Existing(staging, file));
        var free = freeSpace(staging);
        if (needed > free)
        {
            throw new CommandException(
                $"the disk of {Path.GetDirectoryName(staging)} has {ByteSize.Format(free)} left, and the weights need {ByteSize.Format(needed)} more; "
                + "make room, or name another --output");
        }
    }

    private static void Publish(string staging, string target)
    {
        if (Directory.Exists(target))
        {
            // Not recursive: it must fail when something filled the directory meanwhile.
            Directory.Delete(target);
        }

        Directory.Move(staging, target);
        // Remains of other commits.
        foreach (var old in Directory.EnumerateDirectories(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.*{StagingSuffix}"))
        {
            Directory.Delete(old, recursive: true);
        }
    }
}

/// <summary>The result of a download.</summary>
/// <param name="Commit">The commit.</param>
/// <param name="Files">The files of the directory.</param>
/// <param name="AlreadyThere">Whether all files existed, so that nothing was downloaded.</param>
internal sealed record PullResult(string Commit, IReadOnlyList<HubFile> Files, bool AlreadyThere);
