using System.Text;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Vectors;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Vectors;

public sealed class JsonlVectorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File => _directory["features.jsonl"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Each_row_is_a_line_of_json()
    {
        await using (var writer = await VectorFile.OpenWriterAsync(File, Token))
        {
            writer.Append("für/\"1\".jpg", [-0.1f, 3e-9f, 2], "m");
        }

        Assert.Equal("{\"path\":\"für/\\\"1\\\".jpg\",\"model\":\"m\",\"embedding\":[-0.1,3E-09,2]}\n", await System.IO.File.ReadAllTextAsync(File, Token));
    }

    [Fact]
    public async Task A_crash_at_any_byte_loses_only_the_row_under_way()
    {
        await VectorRows.WriteAsync(File, 0, 2);
        var before = new FileInfo(File).Length;
        await VectorRows.WriteAsync(File, 2, 3);
        var bytes = await System.IO.File.ReadAllBytesAsync(File, Token);
        for (var length = before; length < bytes.Length; length++)
        {
            await System.IO.File.WriteAllBytesAsync(File, bytes.AsMemory(0, (int)length), Token);
            // The row is complete without its line feed.
            var left = length < bytes.Length - 1 ? 2 : 3;

            await VectorRows.AssertHoldsAsync(File, left);
            await VectorRows.WriteAsync(File, left, 4);

            await VectorRows.AssertHoldsAsync(File, 4);
        }
    }

    [Fact]
    public async Task Zeros_that_a_crash_of_the_machine_left_are_cut_off()
    {
        await VectorRows.WriteAsync(File, 0, 2);
        await System.IO.File.AppendAllBytesAsync(File, new byte[100], Token);

        await VectorRows.WriteAsync(File, 2, 3);

        await VectorRows.AssertHoldsAsync(File, 3);
    }

    [Fact]
    public async Task Rows_of_other_programs_are_read()
    {
        await WriteAsync("\n{ \"id\": {\"a\": [1]}, \"embedding\": [1, -2.5e0], \"path\": \"a\" }\r\n  \n{\"path\":\"b\",\"embedding\":[0,0]}");

        await using var reader = await VectorFile.OpenReaderAsync(File, Token);

        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal(("a", ""), (reader.Path, reader.Model));
        Assert.Equal([1, -2.5f], reader.Features);
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal("b", reader.Path);
        Assert.False(await reader.ReadAsync(Token));
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("{\"path\":\"a\"}")]
    [InlineData("{\"path\":1,\"embedding\":[1]}")]
    [InlineData("{\"path\":\"a\",\"embedding\":[]}")]
    [InlineData("{\"path\":\"a\",\"embedding\":[null]}")]
    [InlineData("{\"path\":\"a\",\"embedding\":[\"1\"]}")]
    [InlineData("{\"path\":\"a\",\"embedding\":{}}")]
    [InlineData("{\"path\":\"a\",\"embedding\":[1]}{}")]
    [InlineData("{\"path\":\"a\",\"embedding\":[1]")]
    public async Task A_line_that_is_no_row_is_said_with_its_number(string line)
    {
        await WriteAsync("{\"path\":\"a\",\"embedding\":[1]}\n" + line + "\n");

        var refused = await Assert.ThrowsAsync<CommandException>(ReadAllAsync);

        Assert.StartsWith($"{File}, line 2 is not an object with path and embedding", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_of_another_dimension_is_said_with_its_number()
    {
        await WriteAsync("{\"path\":\"a\",\"embedding\":[1]}\n{\"path\":\"b\",\"embedding\":[1,2]}\n");

        var refused = await Assert.ThrowsAsync<CommandException>(ReadAllAsync);

        Assert.StartsWith($"{File}, line 2 has 2 numbers, the lines before have 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_without_end_is_refused_before_it_fills_the_memory()
    {
        await WriteAsync("{\"path\":\"" + new string('a', 20 << 20));

        var refused = await Assert.ThrowsAsync<CommandException>(ReadAllAsync);

        Assert.StartsWith($"{File}, line 1 is over 4 MB", refused.Message, StringComparison.Ordinal);
    }

    private Task WriteAsync(string text) => System.IO.File.WriteAllTextAsync(File, text, new UTF8Encoding(false), Token);

    private async Task ReadAllAsync()
    {
        await using var reader = await VectorFile.OpenReaderAsync(File, Token);
        while (await reader.ReadAsync(Token))
        {
        }
    }
}
