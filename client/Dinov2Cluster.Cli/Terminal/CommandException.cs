namespace Dinov2Cluster.Cli.Terminal;

/// <summary>A command can't do what was asked. The message tells its user what is wrong and what to do.</summary>
internal sealed class CommandException(string message, Exception? innerException = null) : Exception(message, innerException);
