namespace Dinov2Cluster.Cli.Vectors;

/// <summary>
/// The names of a <c>.npy</c> file's rows, in a file beside it: <c>features.npy.names.jsonl</c>, where line n is row n as <see cref="VectorJson"/>
/// without the embedding. Not plain text, as a path may hold a line break.
/// </summary>
internal static class NpyNames
{
    /// <summary>The names' file of a <c>.npy</c> file.</summary>
    public static string PathOf(string npy) => npy + ".names.jsonl";

    /// <summary>Goes to the next name; false at the end, or at a last line that a crash has cut.</summary>
    /// <exception cref="CommandException">A line is no name.</exception>
    public static bool Read(LineReader lines, VectorJson row, string file)
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
            : throw new CommandException($"{file}, line {lines.Number} is no object with a path; mend it or name another file");
    }
}
