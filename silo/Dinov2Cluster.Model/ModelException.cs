namespace Dinov2Cluster.Model;

/// <summary>A checkpoint or model directory can't be used. The message names the file and tensor, for the person who runs the command.</summary>
public sealed class ModelException(string message, Exception? innerException = null) : Exception(message, innerException);
