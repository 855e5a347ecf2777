using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.Cli.Vectors;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Commands;

public sealed class SearchCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Extensions => [.. VectorFile.Extensions];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Extensions))]
    public async Task An_image_of_the_index_is_searched_for_without_itself(string extension)
    {
        var file = await WriteAsync(extension, ("a.jpg", [1, 0]), ("b.jpg", [2, 0.2f]), ("c.jpg", [-1, 0]), ("d.jpg", [0, 5]), ("e.jpg", [3, 0]));

        var run = await CommandLineRun.StartAsync("search", "a.jpg", "--index", file, "--top", "3");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal([["Rank", "Score", "Path"], ["1", "1.0000", "e.jpg"], ["2", "0.9950", "b.jpg"], ["3", "0.0000", "d.jpg"]], Rows(run.Output));
    }

    [Fact]
    public async Task Ties_are_in_the_order_of_the_file()
    {
        var file = await WriteAsync(".npy", ("query", [1, 1]), ("z", [1, 1]), ("b", [2, 2]), ("y", [1, 1]), ("a", [0, 1]));

        var run = await CommandLineRun.StartAsync("search", "query", "--index", file, "--top", "2");

        Assert.Equal(["z", "b"], Rows(run.Output)[1..].Select(row => row[2]));
    }

    [Fact]
    public async Task Programs_get_json()
    {
        var file = await WriteAsync(".jsonl", ("a", [1, 0]), ("b", [1, 1]), ("zero", [0, 0]), ("c", [0, 1]));

        var run = await CommandLineRun.StartAsync("search", "a", "--index", file, "--json");

        var json = JsonNode.Parse(run.Output)!;
        Assert.Equal(("a", file, 2, 1), ((string?)json["image"], (string?)json["index"], (int)json["compared"]!, (int)json["passedOver"]!));
        var neighbors = json["neighbours"]!.AsArray();
        Assert.Equal([(1, "b"), (2, "c")], neighbors.Select(neighbor => ((int)neighbor!["rank"]!, (string)neighbor["path"]!)));
        Assert.Equal(Math.Sqrt(0.5), (double)neighbors[0]!["score"]!, 1e-6);
    }

    [Fact]
    public async Task Vectors_without_direction_are_passed_over_and_counted()
    {
        var file = await WriteAsync(".jsonl", ("a", [1, 0]), ("zero", [0, 0]), ("b", [1, 1]));
        await File.AppendAllTextAsync(file, """{"path":"overflow","embedding":[1e99,0]}""", Token);

        var run = await CommandLineRun.StartAsync("search", "a", "--index", file);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("2 rows were skipped: their vectors are zero or not finite", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("overflow", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_without_direction_is_refused()
    {
        var file = await WriteAsync(".npy", ("a", [1, 0]), ("zero", [0, 0]));

        (await CommandLineRun.StartAsync("search", "zero", "--index", file)).AssertFailed("the features of zero are zero or not finite");
    }

    [Fact]
    public async Task A_hostile_path_moves_no_cursor()
    {
        var file = await WriteAsync(".npy", ("a", [1, 0]), ("[red]\u001b[2J\n", [1, 0]));

        var run = await CommandLineRun.StartAsync("search", "a", "--index", file);

        Assert.Equal("[red]?[2J?", Rows(run.Output)[1][2]);
    }

    [Theory]
    [InlineData("none.npy", "10", "there is no such file or directory")]
    [InlineData("x.csv", "10", "a vector file's name ends in .npy, .parquet, .jsonl")]
    [InlineData("x.npy", "0", "--top must be a number from 1 to 10000")]
    [InlineData("x.npy", "10001", "--top must be a number from 1 to 10000")]
    [InlineData("x.npy", "ten", "--top")]
    public async Task What_can_not_be_searched_is_an_error(string file, string top, string expected) =>
        (await CommandLineRun.StartAsync("search", "a", "--index", _directory[file], "--top", top)).AssertFailed(expected);

    [Fact]
    public async Task An_image_that_nobody_knows_is_an_error()
    {
        var file = await WriteAsync(".npy", ("a", [1, 0]));

        (await CommandLineRun.StartAsync("search", "b", "--index", file)).AssertFailed("b: there is no such file, and the index has no image of this name");
    }

    private static string[][] Rows(string output) =>
    [
        .. output.Split(Environment.NewLine)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(row => row.Length == 3),
    ];

    private async Task<string> WriteAsync(string extension, params (string Path, float[] Features)[] rows)
    {
        var file = _directory["index" + extension];
        await using var writer = await VectorFile.OpenWriterAsync(file, Token);
        foreach (var (path, features) in rows)
        {
            writer.Append(path, features, "m");
        }

        await writer.CompleteAsync(Token);
        return file;
    }
}
