using System.Text.RegularExpressions;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>A model on a Hugging Face hub: <c>facebook/dinov2-giant</c>, at a branch, tag or commit.</summary>
internal sealed partial record HubModel
{
    private const int MaxRevisionLength = 255;

    private HubModel(string id, string revision) => (Id, Revision) = (id, revision);

    /// <summary>Owner and name.</summary>
    public string Id { get; }

    /// <summary>Branch, tag or commit.</summary>
    public string Revision { get; }

    /// <summary>The name without the owner.</summary>
    public string Name => Id[(Id.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>Checks the user's input.</summary>
    /// <exception cref="CommandException">It can't be a model's name or a revision.</exception>
    public static HubModel Parse(string id, string revision)
    {
        if (!IdPattern().IsMatch(id) || id.Contains("..", StringComparison.Ordinal))
        {
            throw new CommandException($"'{id}' is not a model's name on the hub; use the form facebook/dinov2-giant");
        }

        return revision.Length is > 0 and <= MaxRevisionLength && !revision.Any(char.IsControl) && !revision.Contains("..", StringComparison.Ordinal)
            ? new HubModel(id, revision)
            : throw new CommandException($"'{revision}' is not a revision; name a branch, a tag or a commit");
    }

    [GeneratedRegex(@"^([A-Za-z0-9][A-Za-z0-9._-]{0,95}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,95}\z")]
    private static partial Regex IdPattern();
}
