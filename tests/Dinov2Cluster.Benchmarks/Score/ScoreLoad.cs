using System.Diagnostics;
using System.Net.Http.Headers;

namespace Dinov2Cluster.Benchmarks.Score;

/// <summary>Closed-loop clients on <c>/score</c>: each sends its next request when it has read the last answer.</summary>
internal sealed class ScoreLoad(HttpClient http, byte[] body)
{
    private static readonly Uri _route = new("/score", UriKind.Relative);

    /// <summary>Images per second over the time given.</summary>
    public async Task<double> RunAsync(int clients, TimeSpan duration)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            var answered = 0;
            while (clock.Elapsed < duration)
            {
                await SendAsync();
                answered++;
            }

            return answered;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    /// <summary>A fixed number of requests, one client.</summary>
    public async Task RunAsync(int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            await SendAsync();
        }
    }

    private async Task SendAsync()
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await http.PostAsync(_route, content);
        var answer = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"/score answered {(int)response.StatusCode}: {System.Text.Encoding.UTF8.GetString(answer)}");
        }
    }
}
