namespace Dinov2Cluster.Cli.Hub;

/// <summary>Shows how a download goes on.</summary>
internal interface IPullProgress
{
    /// <summary>A file begins.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="left">How many of them a former run has left.</param>
    void Begin(string file, long size, long left);

    /// <summary>Bytes came.</summary>
    void Advance(long bytes);

    /// <summary>The file begins anew.</summary>
    void Restart();
}
