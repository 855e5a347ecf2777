namespace Dinov2Cluster.Cli.Tests.Support;

/// <summary>A writer that reports when its text contains something.</summary>
internal sealed class WatchedWriter : StringWriter
{
    private readonly Lock _lock = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

    /// <summary>Completes when the text contains something.</summary>
    public Task Seen(string text)
    {
        lock (_lock)
        {
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((text, seen));
            Look();
            return seen.Task.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    public override void Write(char value)
    {
        lock (_lock)
        {
            base.Write(value);
            Look();
        }
    }

    public override void Write(char[] buffer, int index, int count)
    {
        lock (_lock)
        {
            base.Write(buffer, index, count);
            Look();
        }
    }

    public override void Write(string? value)
    {
        lock (_lock)
        {
            base.Write(value);
            Look();
        }
    }

    public override void WriteLine(string? value) => Write(value + Environment.NewLine);

    public override string ToString()
    {
        lock (_lock)
        {
            return base.ToString();
        }
    }

    private void Look()
    {
        var text = base.ToString();
        foreach (var (_, seen) in _awaited.Where(awaited => text.Contains(awaited.Text, StringComparison.Ordinal)))
        {
            seen.TrySetResult();
        }
    }
}
