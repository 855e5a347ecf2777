using System.CommandLine;
using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Commands;
using Dinov2Cluster.Cli.Search;
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
        var neighbours = json["neighbours"]!.AsArray();
        Assert.Equal([(1, "b"), (2, "c")], neighbours.Select(neighbour => ((int)neighbour!["rank"]!, (string)neighbour["path"]!)));
        Assert.Equal(Math.Sqrt(0.5), (double)neighbours[0]!["score"]!, 1e-6);
    }

    [Fact]
    public async Task Vectors_without_direction_are_passed_over_and_counted()
    {
        var file = await WriteAsync(".jsonl", ("a", [1, 0]), ("zero", [0, 0]), ("b", [1, 1]));
        await File.AppendAllTextAsync(file, """{"path":"overflow","embedding":[1e99,0]}""", Token);

        var run = await CommandLineRun.StartAsync("search", "a", "--index", file);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("2 rows were passed over: their vectors are zero or not finite", run.Output, StringComparison.Ordinal);
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

    [Fact]
    public async Task An_image_that_the_index_lacks_is_embedded()
    {
        var file = await WriteAsync(".parquet", ("a", [1, 0]), ("b", [0, 1]));
        var embedder = new FakeEmbedder(new QueryVector(new float[] { 0.1f, 3 }, "m"));

        var run = await SearchAsync(embedder, "search", "https://example.com/new.jpg", "--index", file, "--url", "http://x");

        Assert.Equal([["Rank", "Score", "Path"], ["1", "0.9994", "b"], ["2", "0.0333", "a"]], Rows(run));
        Assert.Equal(("https://example.com/new.jpg", "http://x"), (embedder.Image, embedder.Url));
    }

    [Fact]
    public async Task An_image_that_the_index_has_is_not_embedded()
    {
        var file = await WriteAsync(".npy", ("a", [1, 0]), ("b", [0, 1]));
        var embedder = new FakeEmbedder(new QueryVector(new float[] { 0, 1 }, "m"));

        await SearchAsync(embedder, "search", "a", "--index", file);

        Assert.Null(embedder.Image);
    }

    [Theory]
    [InlineData("other", 2, "holds features of the model 'm', and the image was embedded with 'other'; use one model for both")]
    [InlineData("m", 3, "holds vectors of 2 numbers, and the image's has 3; use one model for both")]
    public async Task A_query_of_another_model_is_refused(string model, int dimension, string expected)
    {
        var file = await WriteAsync(".npy", ("a", [1, 0]));
        var vector = new float[dimension];
        vector[0] = 1;

        var refused = await Assert.ThrowsAsync<CommandException>(() => SearchAsync(new FakeEmbedder(new QueryVector(vector, model)), "search", "new", "--index", file));

        Assert.EndsWith(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none.npy", "10", "there is no such file or directory")]
    [InlineData("x.csv", "10", "a vector file's name ends in .npy, .parquet, .jsonl")]
    [InlineData("x.npy", "0", "--top is a number from 1 to 10000")]
    [InlineData("x.npy", "10001", "--top is a number from 1 to 10000")]
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

    private static async Task<string> SearchAsync(IQueryEmbedder embedder, params string[] arguments)
    {
        using var output = new StringWriter();
        var root = new RootCommand { SearchCommand.Create(new CommandContext(output, TextWriter.Null), embedder) };
        var configuration = new InvocationConfiguration { Output = output, Error = output, EnableDefaultExceptionHandler = false };
        Assert.Equal(0, await root.Parse(arguments).InvokeAsync(configuration, Token));
        return output.ToString();
    }

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

    private sealed class FakeEmbedder(QueryVector vector) : IQueryEmbedder
    {
        private readonly Option<string> _url = new("--url");

        public IReadOnlyList<Option> Options => [_url];

        public string? Image { get; private set; }

        public string? Url { get; private set; }

        public Task<QueryVector> EmbedAsync(string image, ParseResult parsed, CancellationToken cancellationToken)
        {
            (Image, Url) = (image, parsed.GetValue(_url));
            return Task.FromResult(vector);
        }
    }
}
