using System.CommandLine;
using Dinov2Cluster.Benchmarks.Imaging;
using Dinov2Cluster.Benchmarks.Score;

var requests = new Option<int>("--requests") { Description = "Requests to measure over.", DefaultValueFactory = _ => 3000 };
var rounds = new Option<int>("--rounds") { Description = "How often both sides alternate.", DefaultValueFactory = _ => 5 };
var seconds = new Option<int>("--seconds") { Description = "Length of one measurement.", DefaultValueFactory = _ => 8 };
var size = new Option<string>("--size") { Description = "Published size of the random model.", DefaultValueFactory = _ => "small" };

var imaging = new Command("imaging", "CPU time of base64, decode and resize, per 640x427 JPEG.");
imaging.SetAction(_ => ImagingBenchmark.Run());

var score = new Command("score", "Throughput of /score through the standalone host, over a raw loop on the same session.") { size, rounds, seconds };
score.SetAction((arguments, _) => ScoreBenchmark.RunAsync(arguments.GetValue(size)!, arguments.GetValue(rounds), arguments.GetValue(seconds)));

var overhead = new Command("overhead", "CPU time of all processes per image through /score with the nano model.") { requests };
overhead.SetAction((arguments, _) => OverheadBenchmark.RunAsync(arguments.GetValue(requests)));

return await new RootCommand("Dinov2Cluster's benchmarks. Each prints one line of JSON.") { imaging, score, overhead }.Parse(args).InvokeAsync();
