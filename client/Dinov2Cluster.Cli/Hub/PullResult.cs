namespace Dinov2Cluster.Cli.Hub;

/// <summary>What a download has brought.</summary>
/// <param name="Commit">The commit that it is.</param>
/// <param name="Files">The files of the directory.</param>
/// <param name="AlreadyThere">Whether they were all there, so that nothing was downloaded.</param>
internal sealed record PullResult(string Commit, IReadOnlyList<HubFile> Files, bool AlreadyThere);
