using System.Text;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>Images without features, and why: the first ones for the end of the run, all of them for a file.</summary>
/// <remarks>A line of the file is the path, a tab and the reason.</remarks>
internal sealed class FailureList : IAsyncDisposable
{
    private const int MaxShown = 20;

    private readonly Lock _lock = new();
    private readonly List<string> _first = [];
    private readonly StreamWriter? _file;

    /// <param name="path">The file, which is overwritten; null for none.</param>
    public FailureList(string? path) => _file = path is null ? null : new StreamWriter(path, append: false, new UTF8Encoding(false));

    public void Add(string path, string reason)
    {
        lock (_lock)
        {
            if (_first.Count < MaxShown)
            {
                _first.Add(PlainText.Of($"{path}: {reason}"));
            }

            _file?.WriteLine(PlainText.Of(path) + '\t' + PlainText.Of(reason));
        }
    }

    /// <summary>Prints the first failures, and the number of the others.</summary>
    public void Print(TextWriter error, long count)
    {
        lock (_lock)
        {
            foreach (var line in _first)
            {
                error.WriteLine("  " + line);
            }

            if (count > _first.Count)
            {
                error.WriteLine($"  and {count - _first.Count} more{(_file is null ? "; --errors FILE lists all" : "")}");
            }
        }
    }

    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? ValueTask.CompletedTask;
}
