using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference.Telemetry;

/// <summary>Log messages of inference: event ids 4000 to 4099.</summary>
internal static partial class InferenceLog
{
    [LoggerMessage(4000, LogLevel.Information, "Model {Model} is ready on {Device}: {ImageSize} pixels, {EmbeddingSize} features, batches of up to {MaxBatchSize} at {ImagesPerSecond:0.0} images/s, loaded in {Seconds:0.000} s")]
    public static partial void EngineReady(ILogger logger, string model, string device, int imageSize, int embeddingSize, int maxBatchSize, double imagesPerSecond, double seconds);

    [LoggerMessage(4001, LogLevel.Warning, "A batch of {Images} images for model {Model} failed on {Device}; each image is tried once more alone")]
    public static partial void BatchFailed(ILogger logger, Exception exception, string model, string device, int images);

    [LoggerMessage(4002, LogLevel.Information, "Model {Model} on {Device} has stopped")]
    public static partial void EngineStopped(ILogger logger, string model, string device);

    [LoggerMessage(4003, LogLevel.Warning, "ONNX Runtime ({Category}): {Text}")]
    public static partial void RuntimeWarning(ILogger logger, string category, string text);

    [LoggerMessage(4004, LogLevel.Error, "{Failed} of the {Images} images of a batch for model {Model} failed on {Device} alone too")]
    public static partial void ImagesFailed(ILogger logger, Exception exception, string model, string device, int failed, int images);

    [LoggerMessage(4005, LogLevel.Warning, "Model {Model} ran out of memory on {Device} with {Images} images in a batch; its batches have at most {Largest} from now on")]
    public static partial void OutOfMemory(ILogger logger, string model, string device, int images, int largest);
}
