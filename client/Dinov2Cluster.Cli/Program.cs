using Dinov2Cluster.Cli;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);
