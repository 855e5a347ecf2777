using System.CommandLine;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 cluster</c>.</summary>
internal static class ClusterCommand
{
    public static Command Create(CommandContext context) => new("cluster", "Looks at a running cluster.")
    {
        ClusterStatusCommand.Create(context),
    };
}
