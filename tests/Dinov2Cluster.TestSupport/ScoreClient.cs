using System.Net.Http.Json;
using System.Text.Json;

namespace Dinov2Cluster.TestSupport;

/// <summary>Calls <c>/score</c> with golden images.</summary>
public static class ScoreClient
{
    private static readonly string[] _columns = ["image"];
    private static readonly Uri _route = new("/score", UriKind.Relative);

    /// <summary>Features of each image, as the reply's rows.</summary>
    /// <exception cref="HttpRequestException">Any status but 200; the message is the answer's body.</exception>
    public static async Task<float[][]> EmbedAsync(
        this ITestHost host, IReadOnlyList<string> images, string? model, CancellationToken cancellationToken)
    {
        var rows = images.Select(image => new[] { Convert.ToBase64String(File.ReadAllBytes(GoldenData.Image(image))) });
        using var request = new HttpRequestMessage(HttpMethod.Post, _route)
        {
            Content = JsonContent.Create(new { input_data = new { columns = _columns, data = rows } }),
        };
        if (model is not null)
        {
            request.Headers.Add("azureml-model-deployment", model);
        }

        using var response = await host.Http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException(body, inner: null, response.StatusCode);
        }

        using var reply = JsonDocument.Parse(body);
        return [.. reply.RootElement.EnumerateArray().Select(row =>
            row.GetProperty("image_features").EnumerateArray().Select(feature => feature.GetSingle()).ToArray())];
    }
}
