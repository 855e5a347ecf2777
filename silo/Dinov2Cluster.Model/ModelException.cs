namespace Dinov2Cluster.Model;

/// <summary>A checkpoint or model directory that can't be used. The message names the file and tensor, and is fit for the person who runs the command.</summary>
public sealed class ModelException : Exception
{
    /// <inheritdoc cref="Exception(string)"/>
    public ModelException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public ModelException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
