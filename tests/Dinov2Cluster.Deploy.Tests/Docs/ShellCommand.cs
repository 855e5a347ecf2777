using System.Text;

namespace Dinov2Cluster.Deploy.Tests.Docs;

/// <summary>A command of a shell's script: enough of the shell's grammar for what documents show. Variables and substitutions stay as they are written.</summary>
/// <param name="Words">The program and its arguments, without quotes; assignments before the program are left out.</param>
internal sealed record ShellCommand(string[] Words)
{
    /// <summary>The program.</summary>
    public string Program => Words[0];

    /// <summary>Splits a script at line ends, <c>|</c>, <c>&amp;</c> and <c>;</c>.</summary>
    public static IReadOnlyList<ShellCommand> Parse(string script)
    {
        var text = script.Replace("\\\n", " ", StringComparison.Ordinal) + "\n";
        var commands = new List<ShellCommand>();
        var words = new List<string>();
        var word = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            var isAtStart = word.Length == 0 && !isQuoted;
            if (character is '\'' or '"' && text.IndexOf(character, i + 1) is var end and > 0)
            {
                word.Append(text, i + 1, end - i - 1);
                isQuoted = true;
                i = end;
            }
            else if (character == '#' && isAtStart)
            {
                i = text.IndexOf('\n', i) - 1;
            }
            else if (!char.IsWhiteSpace(character) && character is not ('|' or '&' or ';'))
            {
                word.Append(character);
            }
            else
            {
                if (!isAtStart)
                {
                    words.Add(word.ToString());
                    (word, isQuoted) = (new(), false);
                }

                if (character is not (' ' or '\t'))
                {
                    End();
                }
            }
        }

        return commands;

        void End()
        {
            string[] told = [.. words.SkipWhile(text => text.Contains('=', StringComparison.Ordinal) && !text.StartsWith('-'))];
            if (told.Length > 0)
            {
                commands.Add(new(told));
            }

            words.Clear();
        }
    }

    /// <summary>The values of an option, in the forms <c>--name value</c> and <c>--name=value</c>.</summary>
    public IEnumerable<string> Values(params string[] names) =>
        Words.Where((_, i) => i > 0 && names.Contains(Words[i - 1], StringComparer.Ordinal))
            .Concat(Words.Where(word => names.Any(name => word.StartsWith(name + "=", StringComparison.Ordinal))).Select(word => word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..]));

    /// <summary>Names of its options, without their values.</summary>
    public IEnumerable<string> Options =>
        Words.Skip(1).TakeWhile(word => word != "--").Where(word => word.StartsWith("--", StringComparison.Ordinal)).Select(word => word.Split('=')[0]);
}
