using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>
/// Downloads what serving needs of a model: its configuration and its safetensors weights. The directory appears complete or not at all: a
/// hidden one beside it, named after the commit, takes what has come, and a later run goes on with it.
/// </summary>
/// <param name="client">The hub.</param>
/// <param name="time">The clock of timeouts and pauses.</param>
/// <param name="progress">Shows how it goes on.</param>
/// <param name="freeSpace">Free bytes of the disk that a directory is on.</param>
internal sealed class HubPull(HubClient client, TimeProvider time, IPullProgress progress, Func<string, long> freeSpace)
{
    private const int MaxConfigBytes = 1 << 20;
    private const string StagingSuffix = ".pull";

    private readonly Retry _retry = new(time);

    /// <summary>Downloads a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="output">Directory to make; must not exist, be empty, or be this very model.</param>
    /// <param name="cancellationToken">Stops it; what has come stays for a later run.</param>
    /// <exception cref="CommandException">It can't be had.</exception>
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

    private static List<HubFile> WeightFiles(string directory, HubListing listing, HubModel model)
    {
        // As transformers does it: a whole file wins over shards.
        if (listing.Files.TryGetValue(CheckpointLayout.Weights, out var weights))
        {
            return [weights];
        }

        var shards = CheckpointLayout.ReadShards(Path.Combine(directory, CheckpointLayout.WeightIndex));
        return [.. shards.Select(name => listing.Files.GetValueOrDefault(name) ?? throw Missing(model, name))];
    }

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

        var names = listing.Files.ContainsKey(CheckpointLayout.Weights)
            ? [CheckpointLayout.Weights]
            : CheckpointLayout.ReadShards(Path.Combine(target, CheckpointLayout.WeightIndex));
        foreach (var name in names)
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
        var needed = weights.Where(file => !File.Exists(Path.Combine(staging, file.Name))).Sum(file => file.Size - HubDownload.Left(staging, file));
        var free = freeSpace(staging);
        if (needed > free)
        {
            throw new CommandException($"the disk of {Path.GetDirectoryName(staging)} has {ByteSize.Format(free)} left, and the weights need {ByteSize.Format(needed)} more; make room, or name another --output");
        }
    }

    private static void Publish(string staging, string target)
    {
        if (Directory.Exists(target))
        {
            // Not recursive: fails, as it should, when somebody filled it meanwhile.
            Directory.Delete(target);
        }

        Directory.Move(staging, target);
        // What was left of other commits.
        foreach (var old in Directory.EnumerateDirectories(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.*{StagingSuffix}"))
        {
            Directory.Delete(old, recursive: true);
        }
    }
}
