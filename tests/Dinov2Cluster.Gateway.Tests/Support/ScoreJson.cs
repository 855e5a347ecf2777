using System.Text.Json;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Bodies of scoring requests.</summary>
internal static class ScoreJson
{
    private static readonly string[] _columns = ["image"];

    /// <summary>The form of the official sample.</summary>
    public static string Split(params string[] images) => JsonSerializer.Serialize(new
    {
        input_data = new
        {
            columns = _columns,
            index = Enumerable.Range(0, images.Length),
            data = images.Select(image => new[] { image }),
        },
    });

    public static string Records(params string[] images) =>
        JsonSerializer.Serialize(new { input_data = images.Select(image => new { image }) });

    /// <summary>The features of each row of a reply.</summary>
    public static IEnumerable<float[]> Rows(string reply) =>
        [.. JsonDocument.Parse(reply).RootElement.EnumerateArray()
            .Select(row => row.GetProperty("image_features").EnumerateArray().Select(value => value.GetSingle()).ToArray())];
}
