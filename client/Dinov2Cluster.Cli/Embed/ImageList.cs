using System.Runtime.CompilerServices;
using System.Text;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>The paths and URLs that a command line stands for, found while they are read: however many there are, it keeps none.</summary>
internal sealed class ImageList
{
    public const string StandardInput = "-";

    private readonly string[] _arguments;
    private readonly string? _list;
    private readonly Func<Stream> _input;

    /// <param name="arguments">Paths, URLs, directories and patterns.</param>
    /// <param name="list">A file with one path or URL per line; <c>-</c> for standard input, null for none.</param>
    /// <param name="input">Opens standard input.</param>
    /// <exception cref="CommandException">A path isn't there.</exception>
    public ImageList(IEnumerable<string> arguments, string? list, Func<Stream> input)
    {
        (_list, _input) = (list, input);
        _arguments = [.. arguments.Select(argument => PathText.IsUrl(argument) ? argument : PathText.Tidy(argument))];
        // A mistyped name is said before anything is computed.
        foreach (var argument in _arguments)
        {
            if (!PathText.IsUrl(argument) && !Exists(argument) && !Glob.IsPattern(argument))
            {
                throw new CommandException($"{argument}: there is no such file or directory");
            }
        }

        if (list is not null and not StandardInput && !File.Exists(list))
        {
            throw new CommandException($"{list}: there is no such file");
        }
    }

    /// <summary>Whether it can be read a second time, to count it.</summary>
    public bool IsRepeatable => _list != StandardInput;

    /// <summary>The paths and URLs.</summary>
    /// <param name="unreadable">Told a directory and the reason when it can't be read.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public async IAsyncEnumerable<string> ReadAsync(Action<string, string> unreadable, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var path in _arguments.SelectMany(argument => Expand(argument, unreadable)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return path;
        }

        if (_list is null)
        {
            yield break;
        }

        using var reader = new StreamReader(_list == StandardInput ? _input() : File.OpenRead(_list), Encoding.UTF8);
        // A terminal or pipe that says nothing can't be cancelled, only left.
        while (await reader.ReadLineAsync(cancellationToken).AsTask().WaitAsync(cancellationToken) is { } line)
        {
            if (line.Trim() is { Length: > 0 } path)
            {
                yield return PathText.IsUrl(path) ? path : PathText.Tidy(path);
            }
        }
    }

    /// <summary>How many there are.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        var count = 0L;
        await foreach (var _ in ReadAsync(static (_, _) => { }, cancellationToken))
        {
            count++;
        }

        return count;
    }

    private static IEnumerable<string> Expand(string argument, Action<string, string> unreadable) =>
        PathText.IsUrl(argument) || File.Exists(argument) ? [argument]
        : Glob.IsPattern(argument) && !Exists(argument) ? new Glob(argument).Files(unreadable)
        : ImageDirectory.Files(argument, unreadable);

    private static bool Exists(string path) => path.Length == 0 || Path.Exists(path);
}
