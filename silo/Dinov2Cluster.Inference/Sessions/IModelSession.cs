namespace Dinov2Cluster.Inference.Sessions;

/// <summary>One model on one device: its weights, loaded once and shared by its lanes.</summary>
public interface IModelSession : IDisposable
{
    /// <summary>Sizes of the crops, the features and the batch.</summary>
    ModelSignature Signature { get; }

    /// <summary>Batches that the device should have at a time: 2 where copies to and from it can overlap computation, else 1.</summary>
    int Lanes { get; }

    /// <summary>Allocates buffers for one batch in flight. Lanes run side by side; the caller disposes them before the session.</summary>
    /// <param name="maxBatchSize">Crops per run at most, up to the signature's; slots are numbered from 0.</param>
    IModelLane CreateLane(int maxBatchSize);
}
