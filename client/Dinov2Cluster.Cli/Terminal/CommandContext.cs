using Spectre.Console;

namespace Dinov2Cluster.Cli.Terminal;

/// <summary>The surroundings of a command: streams, consoles, clock, disk and environment.</summary>
internal sealed class CommandContext
{
    // Wide enough that no table row is wrapped when a program reads it.
    private const int WidthWithoutTerminal = 4096;

    public CommandContext(TextWriter output, TextWriter error)
    {
        (Output, Error) = (output, error);
        Console = CreateConsole(output);
        ErrorConsole = CreateConsole(error);
    }

    /// <summary>Standard output, for other programs.</summary>
    public TextWriter Output { get; }

    /// <summary>Standard error.</summary>
    public TextWriter Error { get; }

    /// <summary>Opens standard input.</summary>
    public Func<Stream> OpenInput { get; init; } = System.Console.OpenStandardInput;

    /// <summary>Standard output, for tables; without colors when it is not a terminal.</summary>
    public IAnsiConsole Console { get; init; }

    /// <summary>Standard error, for progress.</summary>
    public IAnsiConsole ErrorConsole { get; init; }

    /// <summary>Clock of timeouts, back-off and rates.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Free bytes on the disk of a directory, for this user.</summary>
    public Func<string, long> FreeSpace { get; init; } = static directory => new DriveInfo(Path.GetFullPath(directory)).AvailableFreeSpace;

    /// <summary>Reads an environment variable; null when it is unset or empty.</summary>
    public Func<string, string?> Variable { get; init; } =
        static name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static IAnsiConsole CreateConsole(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Width = WidthWithoutTerminal;
            // Detection takes every writer except the process's own for a terminal.
            console.Profile.Capabilities.Ansi = false;
            console.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        }

        return console;
    }
}
