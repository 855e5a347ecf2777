using System.Diagnostics;
using System.Text.Json.Nodes;
using Dinov2Cluster.Benchmarks.Score;
using Dinov2Cluster.Protocol.V1;
using Dinov2Cluster.TestSupport;
using Grpc.Net.Client;

namespace Dinov2Cluster.Benchmarks.Protocols;

/// <summary>
/// CPU time of the gateway per image (one 640x427 JPEG, nano model, one client) through every protocol, in turn with <c>/score</c>; and images
/// per second through <c>EmbedStream</c> against <c>/score</c> one by one. Gateway and silo are processes of their own.
/// </summary>
internal static class ProtocolsBenchmark
{
    private const string Model = "nano";
    private const int WarmUp = 500;
    private const int RequestsPerRound = 300;

    public static async Task<int> RunAsync(int rounds, int seconds, CancellationToken cancellationToken)
    {
        await using var cluster = new ClusterProcesses().WithModel(Model);
        var silo = cluster.StartSilo();
        await silo.WaitUntilReadyAsync(cancellationToken);
        var gateway = cluster.StartGateway();
        await gateway.WaitUntilReadyAsync(cancellationToken);
        using var channel = GrpcChannel.ForAddress(gateway.GrpcAddress!);
        var grpc = new Embeddings.EmbeddingsClient(channel);
        using var call = grpc.EmbedStream(cancellationToken: cancellationToken);
        var jpeg = SampleRequest.Jpeg();
        var score = ProtocolClients.Score(gateway.Http, jpeg);
        ProtocolContestant[] others =
        [
            ProtocolClients.Grpc(grpc, jpeg), ProtocolClients.GrpcStream(call, jpeg),
            ProtocolClients.OpenAi(gateway.Http, jpeg, "float"), ProtocolClients.OpenAi(gateway.Http, jpeg, "base64"),
            ProtocolClients.OipJson(gateway.Http, Model, jpeg), ProtocolClients.OipBinary(gateway.Http, Model, jpeg),
        ];
        foreach (var contestant in others.Prepend(score))
        {
            await contestant.WarmUpAsync(WarmUp);
        }

        for (var round = 0; round < rounds; round++)
        {
            foreach (var contestant in others.Prepend(score))
            {
                await contestant.MeasureAsync(gateway.Process, RequestsPerRound);
            }
        }

        var result = new JsonObject { ["benchmark"] = "protocols", ["model"] = Model, ["rounds"] = rounds, ["requests_per_round"] = RequestsPerRound };
        foreach (var contestant in others.Prepend(score))
        {
            result[contestant.Name] = new JsonObject
            {
                ["gateway_cpu_ms_per_image"] = Math.Round(Measurement.Median(contestant.Cpu), 3),
                ["p50_ms"] = Math.Round(Measurement.Median(contestant.Latencies), 3),
                ["cpu_over_score"] = Math.Round(Measurement.Median(contestant.Cpu.Zip(score.Cpu, (own, base64) => own / base64)), 3),
            };
        }

        result["bulk"] = await BulkAsync(new StreamLoad(grpc, jpeg), new ScoreLoad(gateway.Http, SampleRequest.Body(jpeg)), gateway.Process, rounds, TimeSpan.FromSeconds(seconds));
        Console.WriteLine(result.ToJsonString());
        return 0;
    }

    private static async Task<JsonObject> BulkAsync(StreamLoad stream, ScoreLoad score, Process gateway, int rounds, TimeSpan duration)
    {
        await stream.RunAsync(duration);
        double[] streamed = new double[rounds], scored = new double[rounds], streamCpu = new double[rounds], scoreCpu = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            (streamed[round], streamCpu[round]) = await MeasureAsync(gateway, duration, () => stream.RunAsync(duration));
            (scored[round], scoreCpu[round]) = await MeasureAsync(gateway, duration, () => score.RunAsync(clients: 1, duration));
        }

        return new JsonObject
        {
            ["stream_images_per_second"] = Math.Round(Measurement.Median(streamed), 1),
            ["score_images_per_second"] = Math.Round(Measurement.Median(scored), 1),
            ["stream_over_score"] = Math.Round(Measurement.Median(streamed.Zip(scored, (with, without) => with / without)), 3),
            ["stream_gateway_cpu_ms_per_image"] = Math.Round(Measurement.Median(streamCpu), 3),
            ["stream_cpu_over_score"] = Math.Round(Measurement.Median(streamCpu.Zip(scoreCpu, (with, without) => with / without)), 3),
        };
    }

    // Images per second, and the gateway's CPU time in milliseconds for each.
    private static async Task<(double Rate, double Cpu)> MeasureAsync(Process gateway, TimeSpan duration, Func<Task<double>> run)
    {
        var before = Measurement.Cpu(gateway);
        var rate = await run();
        return (rate, (Measurement.Cpu(gateway) - before).TotalMilliseconds / (rate * duration.TotalSeconds));
    }
}
