using Spectre.Console;

namespace Dinov2Cluster.Cli;

/// <summary>What a command has of the world around it.</summary>
internal sealed class CommandContext
{
    // Wide enough that no line of a table is folded where a program reads it.
    private const int WidthOfNoTerminal = 4096;

    public CommandContext(TextWriter output, TextWriter error)
    {
        (Output, Error) = (output, error);
        Console = CreateConsole(output);
        ErrorConsole = CreateConsole(error);
    }

    /// <summary>Standard output, for what other programs read.</summary>
    public TextWriter Output { get; }

    /// <summary>Standard error.</summary>
    public TextWriter Error { get; }

    /// <summary>Opens standard input.</summary>
    public Func<Stream> OpenInput { get; init; } = System.Console.OpenStandardInput;

    /// <summary>Standard output, for tables; without colours where it is no terminal.</summary>
    public IAnsiConsole Console { get; init; }

    /// <summary>Standard error, for progress.</summary>
    public IAnsiConsole ErrorConsole { get; init; }

    /// <summary>The clock of timeouts, back-off and rates.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Free bytes of the disk that a directory is on, for this user.</summary>
    public Func<string, long> FreeSpace { get; init; } = static directory => new DriveInfo(Path.GetFullPath(directory)).AvailableFreeSpace;

    /// <summary>Reads an environment variable; null when it isn't set, or empty.</summary>
    public Func<string, string?> Variable { get; init; } =
        static name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static IAnsiConsole CreateConsole(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Width = WidthOfNoTerminal;
            // Detection takes any writer that isn't the process's own for a terminal.
            console.Profile.Capabilities.Ansi = false;
            console.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        }

        return console;
    }
}
