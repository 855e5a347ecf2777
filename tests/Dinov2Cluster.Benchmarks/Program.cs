using System.CommandLine;
using System.Globalization;
using Dinov2Cluster.Benchmarks.Cli;
using Dinov2Cluster.Benchmarks.Compiler;
using Dinov2Cluster.Benchmarks.Devices;
using Dinov2Cluster.Benchmarks.Imaging;
using Dinov2Cluster.Benchmarks.Protocols;
using Dinov2Cluster.Benchmarks.Score;
using Dinov2Cluster.Benchmarks.Tracing;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Model.Compiler;

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

var protocols = new Command("protocols", "CPU time of the gateway per image through every protocol, over /score's; and EmbedStream against /score one by one.") { rounds, seconds };
protocols.SetAction((arguments, token) => ProtocolsBenchmark.RunAsync(arguments.GetValue(rounds), arguments.GetValue(seconds), token));

var images = new Option<int>("--images") { Description = "Images to embed.", DefaultValueFactory = _ => 10_000 };
var embed = new Command("embed", "dinov2 embed on many small images over dinov2 bench, and whether its memory stays flat.") { images, rounds, seconds };
embed.SetAction((arguments, token) => EmbedBenchmark.RunAsync(arguments.GetValue(images), arguments.GetValue(rounds), arguments.GetValue(seconds), token));

var threads = new Option<int>("--threads") { Description = "Compute threads of a session.", DefaultValueFactory = _ => Environment.ProcessorCount };
var batches = new Option<int[]>("--batch") { Description = "Batch sizes to try.", DefaultValueFactory = _ => [1, 2, 4] };
var compiler = new Command("compiler", "ViT-S/14 compiled (fp32, int8) against a plain graph of the same checkpoint.") { rounds, threads, batches };
compiler.SetAction((arguments, token) => Task.Run(
    () => CompilerBenchmark.Run(Console.Out, arguments.GetValue(rounds), arguments.GetValue(threads), arguments.GetValue(batches)!, token), token));

var precision = new Option<Precision>("--precision") { Description = "Precision to compile for.", DefaultValueFactory = _ => Precision.Fp32 };
var giant = new Command("giant", "Compiles the random giant (4.5 GB, in the temporary folder), and embeds an image with it: times and peak memory.") { precision };
giant.SetAction((arguments, token) => Task.Run(() => GiantBenchmark.RunAsync(Console.Out, arguments.GetValue(precision), token), token));

var checkpoint = new Option<string?>("--checkpoint") { Description = "Checkpoint to compile, instead of a random model.", HelpName = "DIR" };
var device = new Option<DeviceKind>("--device") { Description = "What computes: cpu, or cuda in a build with -p:Accelerator=Cuda.", DefaultValueFactory = _ => DeviceKind.Cpu };
var batchList = new Option<int[]>("--batches")
{
    Description = "Batch sizes to try, with commas between them.",
    HelpName = "1,2,...",
    CustomParser = result => [.. result.Tokens.Single().Value.Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))],
    DefaultValueFactory = _ => [1, 4],
};
var golden = new Command("golden", "Golden features through the silo's own sessions: cosine and largest difference per model, mode and precision.") { device };
golden.SetAction((arguments, token) => Task.Run(() => GoldenBenchmark.Run(Console.Out, arguments.GetValue(device), token), token));

var model = new Option<string>("--model") { Description = "Directory of a compiled model.", HelpName = "DIR", Required = true };
var lanes = new Command("lanes", "A compiled model in the silo's own lanes: one at each batch size, then two at the best one.") { model, device, batchList, seconds };
lanes.SetAction((arguments, token) => Task.Run(
    () => new LanesBenchmark(Console.Out, arguments.GetValue(device), arguments.GetValue(batchList)!, TimeSpan.FromSeconds(arguments.GetValue(seconds)))
        .Run(arguments.GetValue(model)!, token),
    token));

var batch = new Option<int>("--batch") { Description = "Images in the batch.", DefaultValueFactory = _ => 1 };
var nodes = new Command("nodes", "Where the nodes of a compiled model are placed, and what they take, from ONNX Runtime's profile of one batch.") { model, device, batch };
nodes.SetAction((arguments, token) => Task.Run(() => NodesBenchmark.Run(Console.Out, arguments.GetValue(model)!, arguments.GetValue(device), arguments.GetValue(batch)), token));

var graphs = new Command("graphs", "A compiled model on a GPU with and without CUDA graphs, in turn.") { model, batchList, rounds, seconds };
graphs.SetAction((arguments, token) => Task.Run(
    () => new GraphsBenchmark(Console.Out, TimeSpan.FromSeconds(arguments.GetValue(seconds)), arguments.GetValue(rounds))
        .Run(arguments.GetValue(model)!, arguments.GetValue(batchList)!, token),
    token));

var variants = new Command("variants", "The silo's own sessions of one checkpoint in every precision, in turn: one line for each precision and batch size.")
{
    checkpoint, size, device, batchList, rounds, seconds,
};
variants.SetAction((arguments, token) => Task.Run(
    () => new VariantsBenchmark(
        Console.Out, arguments.GetValue(device), arguments.GetValue(batchList)!, TimeSpan.FromSeconds(arguments.GetValue(seconds)), arguments.GetValue(rounds))
        .Run(arguments.GetValue(checkpoint), arguments.GetValue(size)!, token),
    token));

var host = new Option<string>("--host") { Description = "Folder of a built standalone host, with its symbols.", DefaultValueFactory = _ => AppContext.BaseDirectory };
var path = new Command("path", "Source files that POST /score passes through.") { host };
path.SetAction((arguments, token) => PathMeasurement.RunAsync(arguments.GetValue(host)!, token));

return await new RootCommand("Dinov2Cluster's benchmarks. Each prints lines of JSON.") { golden, compiler, variants, lanes, nodes, graphs, giant, imaging, score, overhead, protocols, embed, path }.Parse(args).InvokeAsync();
