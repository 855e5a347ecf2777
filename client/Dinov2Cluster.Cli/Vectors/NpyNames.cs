using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>
/// The names of the rows of a <c>.npy</c> file, in a file next to it: <c>features.npy.names.jsonl</c>, where line n is row n as <see cref="VectorJson"/>
/// without the embedding. Not plain text, because a path may contain a line break.
/// </summary>
internal static class NpyNames
{
    /// <summary>The file with the names of a <c>.npy</c> file.</summary>
    public static string PathOf(string npy) => npy + ".names.jsonl";

    /// <summary>Moves to the next name; false at the end, or at a last line that a crash has cut off.</summary>
    /// <exception cref="CommandException">A line is not a name.</exception>
    public static bool Read(LineReader lines, VectorJson row)
    {
        if (!lines.Read())
        {
            return false;
        }

        if (row.TryParse(lines.Line, withFeatures: false))
        {
            return true;
        }

        return !lines.Terminated && VectorJson.IsCut(lines.Line)
            ? false
            : throw new CommandException($"{lines.File}, line {lines.Number} is not an object with a path; fix it or name another file");
    }
}
