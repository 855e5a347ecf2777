using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Vectors;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Vectors;

public sealed class VectorFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Extensions => [.. VectorFile.Extensions];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Extensions))]
    public async Task What_is_written_is_read_bit_by_bit(string extension)
    {
        await VectorRows.WriteAsync(File(extension), 0, 40);

        await VectorRows.AssertHoldsAsync(File(extension), 40);
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public async Task A_second_run_goes_on_and_skips_what_is_done(string extension)
    {
        await VectorRows.WriteAsync(File(extension), 0, 3);

        await using (var writer = await VectorFile.OpenWriterAsync(File(extension), Token))
        {
            Assert.Equal((3, 5, VectorRows.Model), (writer.State.Done.Count, writer.State.Dimension, writer.State.Model));
            Assert.True(writer.State.Done.Contains(VectorRows.Path(2)));
            Assert.False(writer.State.Done.Contains(VectorRows.Path(3)));
            Assert.False(writer.Append(VectorRows.Path(1), VectorRows.Features(9), VectorRows.Model));
            Assert.True(writer.Append(VectorRows.Path(3), VectorRows.Features(3), VectorRows.Model));
            Assert.False(writer.Append(VectorRows.Path(3), VectorRows.Features(3), VectorRows.Model));
            await writer.CompleteAsync(Token);
        }

        await VectorRows.AssertHoldsAsync(File(extension), 4);
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public async Task A_run_that_is_stopped_keeps_what_it_has(string extension)
    {
        await VectorRows.WriteAsync(File(extension), 0, 2);
        await using (var writer = await VectorRows.AppendAsync(File(extension), 2, 5))
        {
            await writer.FlushAsync(Token);
        }

        await VectorRows.WriteAsync(File(extension), 5, 7);

        await VectorRows.AssertHoldsAsync(File(extension), 7);
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public async Task A_file_without_rows_is_whole_and_takes_rows_later(string extension)
    {
        await VectorRows.WriteAsync(File(extension), 0, 0);
        await VectorRows.AssertHoldsAsync(File(extension), 0);

        await VectorRows.WriteAsync(File(extension), 0, 1);

        await VectorRows.AssertHoldsAsync(File(extension), 1);
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public async Task Nothing_but_the_file_is_left_when_it_is_whole(string extension)
    {
        await VectorRows.WriteAsync(File(extension), 0, 2);
        await VectorRows.WriteAsync(File(extension), 2, 2);

        string[] expected = extension == ".npy" ? [File(extension), NpyNames.PathOf(File(extension))] : [File(extension)];
        Assert.Equal(expected, Directory.EnumerateFileSystemEntries(_directory.Path).Order());
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public async Task Another_model_or_dimension_is_refused(string extension)
    {
        await VectorRows.WriteAsync(File(extension), 0, 1);
        await using (var writer = await VectorFile.OpenWriterAsync(File(extension), Token))
        {
            var model = Assert.Throws<CommandException>(() => writer.Append("new", VectorRows.Features(1), "dinov2-giant"));
            Assert.Equal($"{File(extension)} holds features of the model 'dinov2-nano', not 'dinov2-giant'; name another file", model.Message);
            var dimension = Assert.Throws<CommandException>(() => writer.Append("new", VectorRows.Features(1, 6), VectorRows.Model));
            Assert.Equal($"{File(extension)} holds vectors of 5 numbers, not 6; name another file", dimension.Message);
            await writer.CompleteAsync(Token);
        }

        await VectorRows.AssertHoldsAsync(File(extension), 1);
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public async Task Features_that_are_no_vector_are_refused(string extension)
    {
        await using var writer = await VectorFile.OpenWriterAsync(File(extension), Token);

        Assert.Throws<CommandException>(() => writer.Append("empty", [], "m"));
        Assert.Throws<CommandException>(() => writer.Append("nan", [1, float.NaN], "m"));
        Assert.Throws<CommandException>(() => writer.Append("infinite", [float.NegativeInfinity], "m"));
        Assert.Throws<CommandException>(() => writer.Append("long", new float[VectorFile.MaxDimension + 1], "m"));
        Assert.Equal(0, writer.State.Done.Count);
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public async Task Two_runs_at_once_are_refused(string extension)
    {
        await using var writer = await VectorRows.AppendAsync(File(extension), 0, 1);

        var refused = await Assert.ThrowsAsync<CommandException>(() => VectorFile.OpenWriterAsync(File(extension), Token));

        Assert.Contains("used by another process", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public async Task A_file_of_another_kind_is_refused_and_not_touched(string extension)
    {
        const string Text = "My holiday: 12 photos";
        await System.IO.File.WriteAllTextAsync(File(extension), Text, Token);

        await Assert.ThrowsAsync<CommandException>(() => VectorFile.OpenWriterAsync(File(extension), Token));

        Assert.Equal(Text, await System.IO.File.ReadAllTextAsync(File(extension), Token));
        await Assert.ThrowsAsync<CommandException>(async () =>
        {
            await using var reader = await VectorFile.OpenReaderAsync(File(extension), Token);
            await reader.ReadAsync(Token);
        });
    }

    [Theory]
    [InlineData("x.csv", "a vector file's name ends in .npy, .parquet, .jsonl")]
    [InlineData("x", "a vector file's name ends in .npy, .parquet, .jsonl")]
    [InlineData("none/x.npy", "there is no such file or directory")]
    [InlineData("none/x.parquet", "there is no such file or directory")]
    [InlineData("none/x.jsonl", "there is no such file or directory")]
    public async Task A_name_that_leads_nowhere_is_said(string name, string expected)
    {
        var reading = await Assert.ThrowsAsync<CommandException>(() => VectorFile.OpenReaderAsync(_directory[name], Token));
        var writing = await Assert.ThrowsAsync<CommandException>(() => VectorFile.OpenWriterAsync(_directory[name], Token));

        Assert.Equal($"{_directory[name]}: {expected}", reading.Message);
        Assert.Equal($"{_directory[name]}: {expected}", writing.Message);
    }

    private string File(string extension) => _directory["features" + extension];
}
