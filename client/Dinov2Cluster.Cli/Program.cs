using Dinov2Cluster.Cli;
using Dinov2Cluster.Cli.Terminal;

return await CommandLine.RunAsync(args, new CommandContext(Console.Out, Console.Error));
