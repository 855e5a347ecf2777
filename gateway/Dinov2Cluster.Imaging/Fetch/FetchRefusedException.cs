namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>A fetch was refused by our own rules. The reason goes to the log and holds nothing that the URL's author wrote.</summary>
internal sealed class FetchRefusedException(string reason) : Exception(reason);
