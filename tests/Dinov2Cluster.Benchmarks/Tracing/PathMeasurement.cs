using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Benchmarks.Tracing;

/// <summary>
/// Counts the source files that <c>POST /score</c> passes through: those in which every request runs some method (no constructor, no accessor of a property),
/// with what makes the path longest (a key, options, escaped base64, a cache that does not know the image). What runs without requests is subtracted.
/// </summary>
internal static class PathMeasurement
{
    private const int Requests = 60;
    private const string Key = "0123456789abcdef0123456789abcdef";

    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(string directory, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryDirectory();
        TracedHost.Create(directory, folder.Path);
        var ports = FreePort.Take(4);
        var counts = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        using var host = Start(folder.Path, ports, counts);
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ports[0]}") };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
            await WaitAsync(http, host, cancellationToken);
            for (var i = 0; i < 3; i++)
            {
                await ScoreAsync(http, -1 - i, cancellationToken);
            }

            counts.Clear();
            await Task.Delay(_quiet, cancellationToken);
            var quiet = counts.ToDictionary();
            counts.Clear();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Requests; i++)
            {
                await ScoreAsync(http, i, cancellationToken);
            }

            var ratio = Stopwatch.GetElapsedTime(start) / _quiet;
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
            var files = counts.Where(count => count.Value - (quiet.GetValueOrDefault(count.Key) * ratio) >= Requests * 0.9)
                .Select(count => count.Key[(count.Key.IndexOf("/Dinov2Cluster.", StringComparison.Ordinal) + 1)..]).Order(StringComparer.Ordinal).ToArray();
            foreach (var file in files)
            {
                Console.WriteLine(file);
            }

            Console.WriteLine(JsonSerializer.Serialize(new { files = files.Length, perAssembly = files.GroupBy(file => file.Split('/')[0]).ToDictionary(group => group.Key, group => group.Count()) }));
        }
        finally
        {
            host.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(string folder, int[] ports, ConcurrentDictionary<string, int> counts)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder };
        string[] arguments =
        [
            Path.Combine(folder, "Dinov2Cluster.Standalone.dll"),
            "--urls", $"http://127.0.0.1:{ports[0]}", "--Gateway:GrpcUrl", $"http://127.0.0.1:{ports[3]}",
            "--Cluster:SiloPort", Text(ports[1]), "--Cluster:PrimaryPort", Text(ports[1]), "--Cluster:GatewayPort", Text(ports[2]),
            "--Cache:MaxBytes", "67108864",
            "--Auth:Keys:0:Name", "path", "--Auth:Keys:0:Sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key))),
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith(TracedHost.Mark, StringComparison.Ordinal) == true)
            {
                counts.AddOrUpdate(line.Data, 1, (_, count) => count + 1);
            }
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private static async Task WaitAsync(HttpClient http, Process host, CancellationToken cancellationToken)
    {
        while (!host.HasExited)
        {
            try
            {
                using var response = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }

        throw new InvalidOperationException($"The host ended with {host.ExitCode}.");
    }

    private static async Task ScoreAsync(HttpClient http, int number, CancellationToken cancellationToken)
    {
        // What follows the end of a JPEG is ignored, and makes another image of it for the cache.
        byte[] image = [.. File.ReadAllBytes(Path.Combine(GoldenData.Directory, "images", "coffee-420.jpg")), .. BitConverter.GetBytes(number)];
        var body = $$$"""{"input_data":{"columns":["image"],"index":[0],"data":[["{{{Convert.ToBase64String(image, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\\n")}}}"]]},"params":{"normalize":true}}""";
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(new Uri("/score", UriKind.Relative), content, cancellationToken);
        response.EnsureSuccessStatusCode();
        await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
