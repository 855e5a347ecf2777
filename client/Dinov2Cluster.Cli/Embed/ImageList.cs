using System.Runtime.CompilerServices;
using System.Text;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>The paths and URLs of a command line, found while they are read: any number of them, without a list in memory.</summary>
internal sealed class ImageList
{
    private const string StandardInput = "-";

    private readonly string[] _arguments;
    private readonly string? _list;
    private readonly Func<Stream> _openInput;

    /// <param name="arguments">Paths, URLs, directories and patterns.</param>
    /// <param name="list">A file with one path or URL per line; <c>-</c> for standard input, null for none.</param>
    /// <param name="openInput">Opens standard input.</param>
    /// <exception cref="CommandException">A path doesn't exist.</exception>
    public ImageList(IEnumerable<string> arguments, string? list, Func<Stream> openInput)
    {
        (_list, _openInput) = (list, openInput);
        _arguments = [.. arguments.Select(PathText.Tidy)];
        // Typing errors are reported before any work.
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

    /// <param name="unreadable">Gets a directory and the reason when it can't be read.</param>
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

        using var reader = new StreamReader(_list == StandardInput ? _openInput() : File.OpenRead(_list), Encoding.UTF8);
        // A read from a silent terminal or pipe can't be canceled, only abandoned.
        while (await reader.ReadLineAsync(cancellationToken).AsTask().WaitAsync(cancellationToken) is { } line)
        {
            if (line.Trim() is { Length: > 0 } path)
            {
                yield return PathText.Tidy(path);
            }
        }
    }

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
        : Glob.IsPattern(argument) && !Exists(argument) ? Glob.Parse(argument).Files(unreadable)
        : Glob.Images(argument).Files(unreadable);

    private static bool Exists(string path) => path.Length == 0 || Path.Exists(path);
}
