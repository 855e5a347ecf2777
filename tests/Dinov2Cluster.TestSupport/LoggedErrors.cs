namespace Dinov2Cluster.TestSupport;

/// <summary>The guard of every host that runs in a process or a container of its own: an error in its log that the test does not expect fails the test.</summary>
public static class LoggedErrors
{
    /// <summary>Fails when a host logged an error.</summary>
    /// <param name="host">Names the host.</param>
    /// <param name="output">Everything that it printed, in the format of the console's simple formatter.</param>
    /// <exception cref="InvalidOperationException">It logged an error; the message holds the output.</exception>
    public static void ThrowIfAny(string host, string output)
    {
        // Orleans, and Polly for it, log every lost connection as an error, and hosts are killed here all the time.
        var errors = output.Split('\n').Where(line =>
            (line.StartsWith("fail: ", StringComparison.Ordinal) || line.StartsWith("crit: ", StringComparison.Ordinal))
            && !line[6..].StartsWith("Orleans.", StringComparison.Ordinal) && !line[6..].StartsWith("Polly", StringComparison.Ordinal)).ToArray();
        if (errors.Length > 0)
        {
            throw new InvalidOperationException($"{host} logged errors that the test does not expect:\n{string.Join('\n', errors)}\n\n{output}");
        }
    }
}
