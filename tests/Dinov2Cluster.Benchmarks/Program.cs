using Dinov2Cluster.Benchmarks.Compiler;
using Dinov2Cluster.Model.Compiler;
switch (args[0]) { case "golden": GoldenBenchmark.Run(Console.Out, default); break; case "giant": GiantBenchmark.Run(Console.Out, Precision.Fp32, default); break; default: CompilerBenchmark.Run(Console.Out, int.Parse(args[1]), int.Parse(args[2]), [1, 4, 8], default); break; }
return 0;
