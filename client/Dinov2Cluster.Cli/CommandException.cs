namespace Dinov2Cluster.Cli;

/// <summary>A command that can't do what was asked. The message says what is wrong and what to do, fit for the person who runs the command.</summary>
internal sealed class CommandException : Exception
{
    /// <inheritdoc cref="Exception(string)"/>
    public CommandException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public CommandException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
