using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Vectors;
using Dinov2Cluster.TestSupport;
using Parquet;
using Parquet.Schema;

namespace Dinov2Cluster.Cli.Tests.Vectors;

public sealed class ParquetVectorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File => _directory["features.parquet"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_schema_is_what_other_programs_expect()
    {
        await VectorRows.WriteAsync(File, 0, 2);

        await using var reader = await ParquetReader.CreateAsync(File, cancellationToken: Token);

        Assert.Equal(["path", "embedding/list/element", "model"], reader.Schema.DataFields.Select(field => field.Path.ToString()));
        Assert.IsType<ListField>(reader.Schema.Fields[1]);
    }

    [Fact]
    public async Task Row_groups_are_bounded()
    {
        await VectorRows.WriteAsync(File, 0, 20_000, dimension: 2);

        await VectorRows.AssertHoldsAsync(File, 20_000, dimension: 2);
        await using var reader = await ParquetReader.CreateAsync(File, cancellationToken: Token);
        Assert.Equal([16_384, 20_000 - 16_384], reader.RowGroups.Select(group => group.RowCount));
    }

    [Fact]
    public async Task Until_it_is_completed_the_file_is_what_it_was()
    {
        await VectorRows.WriteAsync(File, 0, 2);
        await using (var writer = await VectorRows.AppendAsync(File, 2, 4))
        {
            await writer.FlushAsync(Token);
            await VectorRows.AssertHoldsAsync(File, 2);
        }

        await VectorRows.AssertHoldsAsync(File, 2);
        Assert.True(System.IO.File.Exists(ParquetVectorWriter.JournalOf(File)));
    }

    [Fact]
    public async Task A_file_that_was_never_completed_can_be_read_as_its_journal()
    {
        await using (var writer = await VectorRows.AppendAsync(File, 0, 2))
        {
            await writer.FlushAsync(Token);
        }

        var refused = await Assert.ThrowsAsync<CommandException>(() => VectorFile.OpenReaderAsync(File, Token));

        Assert.Equal($"{File} is incomplete; run the command again that writes it, or read {File}.part.npy", refused.Message);
        await VectorRows.AssertHoldsAsync($"{File}.part.npy", 2);
    }

    [Fact]
    public async Task A_journal_that_the_file_has_taken_in_already_is_not_taken_in_again()
    {
        await VectorRows.WriteAsync(File, 0, 4);
        // The state after a crash between the new file and the end of the journal.
        await VectorRows.WriteAsync(ParquetVectorWriter.JournalOf(File), 2, 4);

        await VectorRows.WriteAsync(File, 4, 5);

        await VectorRows.AssertHoldsAsync(File, 5);
    }

    [Fact]
    public async Task A_file_that_a_crash_left_half_folded_is_replaced()
    {
        await using (var writer = await VectorRows.AppendAsync(File, 0, 3))
        {
            await writer.FlushAsync(Token);
        }

        await System.IO.File.WriteAllTextAsync(File + ".part", "PAR1 half", Token);

        await VectorRows.WriteAsync(File, 3, 4);

        await VectorRows.AssertHoldsAsync(File, 4);
        Assert.Equal([File], Directory.EnumerateFiles(_directory.Path));
    }

    [Fact]
    public async Task Rows_of_other_programs_are_read_whatever_may_be_null()
    {
        await WriteForeignAsync([2, 2], [1, 2, 3, 4]);

        await using var reader = await VectorFile.OpenReaderAsync(File, Token);

        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal(("0", ""), (reader.Path, reader.Model));
        Assert.Equal([1f, 2], reader.Features);
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal([3f, 4], reader.Features);
        Assert.False(await reader.ReadAsync(Token));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(3, 1)]
    [InlineData(4, 0)]
    public async Task Rows_of_several_lengths_are_refused(int first, int second)
    {
        await WriteForeignAsync([first, second], [1, 2, 3, 4]);
        await using var reader = await VectorFile.OpenReaderAsync(File, Token);

        var refused = await Assert.ThrowsAsync<CommandException>(async () => await reader.ReadAsync(Token));

        Assert.Contains("not all of one length", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_is_said()
    {
        await VectorRows.WriteAsync(File, 0, 100);
        var bytes = await System.IO.File.ReadAllBytesAsync(File, Token);
        bytes.AsSpan(4, 400).Clear();
        await System.IO.File.WriteAllBytesAsync(File, bytes, Token);
        await using var reader = await VectorFile.OpenReaderAsync(File, Token);

        var refused = await Assert.ThrowsAsync<CommandException>(async () => await reader.ReadAsync(Token));

        Assert.Contains("is damaged", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_with_other_columns_is_refused()
    {
        var field = new DataField<int>("path");
        await using (var stream = System.IO.File.Create(File))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(field), stream, cancellationToken: Token))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync<int>(field, ReadOnlyMemory<int>.Empty, cancellationToken: Token);
        }

        var refused = await Assert.ThrowsAsync<CommandException>(() => VectorFile.OpenReaderAsync(File, Token));

        Assert.StartsWith($"{File} has no columns path (string) and embedding (list of float)", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>In pyarrow's format: every column may hold nulls; no model.</summary>
    private async Task WriteForeignAsync(int[] lengths, float[] values)
    {
        var schema = new ParquetSchema(new DataField<string>("path"), new ListField("embedding", new DataField<float>("element", nullable: true)));
        var element = schema.DataFields[1];
        var repetitions = lengths.SelectMany(length => Enumerable.Range(0, Math.Max(length, 1)).Select(i => i == 0 ? 0 : 1)).ToArray();
        // An empty list is defined up to the list itself.
        var definitions = lengths.SelectMany(length => length == 0 ? [1] : Enumerable.Repeat(element.MaxDefinitionLevel, length)).ToArray();
        await using var stream = System.IO.File.Create(File);
        await using var writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: Token);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(schema.DataFields[0], lengths.Select((_, i) => $"{i}").ToArray());
        await group.WriteAllPartsAsync<float>(element, values, definitions, repetitions, Token);
    }
}
