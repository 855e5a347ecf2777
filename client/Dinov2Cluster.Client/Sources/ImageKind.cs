namespace Dinov2Cluster.Client.Sources;

/// <summary>What is sent of an image.</summary>
internal enum ImageKind
{
    /// <summary>An image file.</summary>
    Encoded,

    /// <summary>A URL that the gateway fetches.</summary>
    Url,

    /// <summary>Preprocessed pixels.</summary>
    Crop,
}
