using Dinov2Cluster.Cli.Embed;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Embed;

public sealed class ImageListTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("./a.jpg", "a.jpg")]
    [InlineData(".//././a/b.jpg", "a/b.jpg")]
    [InlineData("photos/", "photos")]
    [InlineData(".", "")]
    [InlineData("./", "")]
    [InlineData("/", "/")]
    [InlineData("/photos//", "/photos")]
    [InlineData("../a.jpg", "../a.jpg")]
    [InlineData(".hidden/a.jpg", ".hidden/a.jpg")]
    public void A_path_is_written_one_way(string path, string expected) => Assert.Equal(expected, PathText.Tidy(path));

    [Fact]
    public async Task A_directory_stands_for_its_images()
    {
        Make("a.jpg", "b.TIFF", "notes.md", "x/c.png", ".git/d.jpg", ".e.jpg");
        Directory.CreateSymbolicLink(_directory["x/circle"], _directory.Path);
        File.CreateSymbolicLink(_directory["x/link.jpg"], _directory["a.jpg"]);

        Assert.Equal(["a.jpg", "b.TIFF", "x/c.png", "x/link.jpg"], await ReadAsync(_directory.Path));
    }

    [Fact]
    public async Task A_file_whose_name_looks_like_a_pattern_is_a_file()
    {
        Make("[1].jpg", "1.jpg");

        Assert.Equal(["[1].jpg"], await ReadAsync(_directory["[1].jpg"]));
    }

    [Fact]
    public async Task It_counts_what_it_gives()
    {
        Make("a.jpg", "x/b.jpg");
        await File.WriteAllTextAsync(_directory["list"], "c\n\nhttp://d/e.jpg\n", Token);
        var list = new ImageList([_directory.Path, "https://images/a.jpg?x=*"], _directory["list"], () => Stream.Null);

        Assert.True(list.IsRepeatable);
        Assert.Equal(5, await list.CountAsync(Token));
        Assert.Equal(5, await list.CountAsync(Token));
    }

    [Fact]
    public async Task Input_that_says_nothing_can_be_left()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var list = new ImageList([], "-", () => new SilentStream(stop.Cancel));

        Assert.False(list.IsRepeatable);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => list.CountAsync(stop.Token));
    }

    [Fact]
    public async Task A_directory_that_can_not_be_read_is_told()
    {
        Make("x/a.jpg", "b.jpg");
        var list = new ImageList([_directory["x"], _directory["b.jpg"]], null, () => Stream.Null);
        Directory.Delete(_directory["x"], recursive: true);
        var unreadable = new List<string>();

        var found = new List<string>();
        await foreach (var path in list.ReadAsync((directory, _) => unreadable.Add(directory), Token))
        {
            found.Add(path);
        }

        Assert.Equal([_directory["b.jpg"]], found);
        Assert.Equal([_directory["x"]], unreadable);
    }

    private void Make(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_directory[name])!);
            File.WriteAllText(_directory[name], "");
        }
    }

    private async Task<IEnumerable<string>> ReadAsync(params string[] arguments)
    {
        var paths = new List<string>();
        await foreach (var path in new ImageList(arguments, null, () => Stream.Null).ReadAsync((path, reason) => Assert.Fail($"{path}: {reason}"), Token))
        {
            paths.Add(Path.GetRelativePath(_directory.Path, path));
        }

        return paths.Order(StringComparer.Ordinal);
    }

    /// <summary>A terminal without input.</summary>
    private sealed class SilentStream(Action onRead) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            onRead();
            return new(new TaskCompletionSource<int>().Task);
        }
    }
}
