using System.Text;
using Spectre.Console;

namespace Dinov2Cluster.Cli.Tests.Support;

/// <summary>A terminal that writes its screen as text, with the codes that move the cursor.</summary>
internal sealed class TerminalOutput(TextWriter writer) : IAnsiConsoleOutput
{
    public TextWriter Writer => writer;

    public bool IsTerminal => true;

    public int Width => 160;

    public int Height => 50;

    public static IAnsiConsole CreateConsole(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.Yes,
        Out = new TerminalOutput(writer),
    });

    public void SetEncoding(Encoding encoding)
    {
    }
}
