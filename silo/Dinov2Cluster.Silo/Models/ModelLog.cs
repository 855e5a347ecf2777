namespace Dinov2Cluster.Silo.Models;

/// <summary>Log messages of the silo's models: event ids 3000 to 3099.</summary>
internal static partial class ModelLog
{
    [LoggerMessage(3000, LogLevel.Information, "Loading model {Model}")]
    public static partial void Loading(ILogger logger, string model);

    [LoggerMessage(3001, LogLevel.Warning, "{Directory} in the model repository is not a model: {Reason}")]
    public static partial void Skipped(ILogger logger, string directory, string reason);

    [LoggerMessage(3002, LogLevel.Warning, "Model {Model} has random weights: its features mean nothing. README.md tells how to get a real checkpoint")]
    public static partial void RandomWeights(ILogger logger, string model);

    [LoggerMessage(3003, LogLevel.Critical, "The silo can't serve its models: {Reason}")]
    public static partial void LoadFailed(ILogger logger, string reason);

    [LoggerMessage(3004, LogLevel.Critical, "The silo can't serve its models")]
    public static partial void LoadFailedUnexpectedly(ILogger logger, Exception exception);

    [LoggerMessage(3005, LogLevel.Information, "Draining: finishing {Images} queued images")]
    public static partial void Draining(ILogger logger, int images);

    [LoggerMessage(3006, LogLevel.Information, "Drained")]
    public static partial void Drained(ILogger logger);

    [LoggerMessage(3007, LogLevel.Warning, "Model {Model} gives no patch tokens although Models:PatchTokens is set: it was compiled without them. Compile its checkpoint with --patch-tokens")]
    public static partial void NoPatchTokens(ILogger logger, string model);

    [LoggerMessage(3008, LogLevel.Critical, "The device of {Engine} is lost: every image of several batches in a row failed, the last one with: {Error}. The silo ends, so that it is replaced")]
    public static partial void DeviceLost(ILogger logger, string engine, string error);

    [LoggerMessage(3009, LogLevel.Warning, "Model {Model} is fp32 on {Device}: it gives an estimated seventh of the images per second of fp16 there, from twice the memory. Compile it with --precision fp16; for a checkpoint, leave Models:Precision out")]
    public static partial void SlowPrecision(ILogger logger, string model, string device);

    [LoggerMessage(3010, LogLevel.Warning, "Checkpoint {Model} is compiled to {Precisions}, by the kind of device. These are two models under one name, and a gateway uses the devices of one of them alone. Set Models:Precision to one precision")]
    public static partial void SeveralPrecisions(ILogger logger, string model, string precisions);
}
