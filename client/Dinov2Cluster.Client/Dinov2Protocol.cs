namespace Dinov2Cluster.Client;

/// <summary>How the client speaks to the gateway. Methods and results are the same.</summary>
public enum Dinov2Protocol
{
    /// <summary>gRPC, <c>dinov2.v1.Embeddings</c>: images and features as bytes, and one stream for bulk. The faster one.</summary>
    Grpc,

    /// <summary>
    /// Azure ML's scoring protocol, <c>POST /score</c>: base64 in JSON, through whatever lets HTTP/1.1 through. An Azure ML endpoint of the
    /// catalogue's DINOv2 model answers it too, with plain CLS features. Crops (<see cref="ImageSource.FromCrop"/>) aren't part of it.
    /// </summary>
    Http,
}
