using System.Runtime.InteropServices;
using System.Text;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Vectors;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Vectors;

public sealed class NpyVectorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Npy => _directory["features.npy"];

    private string Names => _directory["features.npy.names.jsonl"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_is_numpys_format_with_the_names_beside_it()
    {
        await using (var writer = await VectorFile.OpenWriterAsync(Npy, Token))
        {
            writer.Append("a.jpg", [1, 2, 3], "m");
            writer.Append("b.jpg", [4, 5, 6], "m");
        }

        var bytes = await File.ReadAllBytesAsync(Npy, Token);
        Assert.Equal([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, 118, 0], bytes[..10]);
        Assert.Equal("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".PadRight(117) + "\n", Encoding.ASCII.GetString(bytes, 10, 118));
        Assert.Equal([1f, 2, 3, 4, 5, 6], MemoryMarshal.Cast<byte, float>(bytes.AsSpan(128)));
        Assert.Equal("{\"path\":\"a.jpg\",\"model\":\"m\"}\n{\"path\":\"b.jpg\",\"model\":\"m\"}\n", await File.ReadAllTextAsync(Names, Token));
    }

    [Fact]
    public async Task A_crash_at_any_byte_loses_only_rows_that_were_not_flushed()
    {
        await VectorRows.WriteAsync(Npy, 0, 2);
        var (oldData, oldNames) = (await File.ReadAllBytesAsync(Npy, Token), await File.ReadAllBytesAsync(Names, Token));
        await VectorRows.WriteAsync(Npy, 2, 4);
        var (data, names) = (await File.ReadAllBytesAsync(Npy, Token), await File.ReadAllBytesAsync(Names, Token));
        oldData.AsSpan(0, 128).CopyTo(data);
        for (var length = oldData.Length; length <= data.Length; length++)
        {
            await ResumeAsync(data.AsMemory(0, length), names);
        }

        for (var length = oldNames.Length; length <= names.Length; length++)
        {
            await ResumeAsync(data, names.AsMemory(0, length));
        }
    }

    [Theory]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 900000000), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999999999999, 3), }")]
    public async Task An_array_of_another_kind_is_refused(string header)
    {
        await WriteForeignAsync(header, new byte[24]);

        var refused = await Assert.ThrowsAsync<CommandException>(() => VectorFile.OpenReaderAsync(Npy, Token));

        Assert.StartsWith($"{Npy} is not a NumPy array of float32 with two axes in C order", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_array_of_numpys_own_is_read_and_appended_to()
    {
        await WriteForeignAsync("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 5), }", MemoryMarshal.AsBytes(VectorRows.Features(0).AsSpan()).ToArray());
        using (var json = new VectorJson())
        {
            // The last line of a text file may lack its line feed.
            await File.WriteAllBytesAsync(Names, json.Write(VectorRows.Path(0), VectorRows.Model)[..^1].ToArray(), Token);
        }

        await VectorRows.AssertHoldsAsync(Npy, 1);
        await VectorRows.WriteAsync(Npy, 1, 3);

        await VectorRows.AssertHoldsAsync(Npy, 3);
    }

    [Fact]
    public async Task An_array_without_names_is_refused_and_not_touched()
    {
        await VectorRows.WriteAsync(Npy, 0, 3);
        File.Delete(Names);
        var bytes = await File.ReadAllBytesAsync(Npy, Token);

        var reading = await Assert.ThrowsAsync<CommandException>(() => VectorFile.OpenReaderAsync(Npy, Token));
        await Assert.ThrowsAsync<CommandException>(() => VectorFile.OpenWriterAsync(Npy, Token));

        Assert.StartsWith($"{Names} is missing: line n of it names row n", reading.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Npy, Token));
        Assert.False(File.Exists(Names));
    }

    [Fact]
    public async Task Fewer_names_than_rows_are_refused_and_nothing_is_cut_off()
    {
        await VectorRows.WriteAsync(Npy, 0, 3);
        var bytes = await File.ReadAllBytesAsync(Npy, Token);
        var names = (await File.ReadAllBytesAsync(Names, Token))[..20];
        await File.WriteAllBytesAsync(Names, names, Token);

        var writing = await Assert.ThrowsAsync<CommandException>(() => VectorFile.OpenWriterAsync(Npy, Token));

        Assert.StartsWith($"{Npy} should have 3 rows, but only 0 exist with their names", writing.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Npy, Token));
        Assert.Equal(names, await File.ReadAllBytesAsync(Names, Token));
    }

    [Fact]
    public async Task An_array_that_is_cut_off_is_refused()
    {
        await VectorRows.WriteAsync(Npy, 0, 3);
        await File.WriteAllBytesAsync(Npy, (await File.ReadAllBytesAsync(Npy, Token))[..^1], Token);

        var refused = await Assert.ThrowsAsync<CommandException>(() => VectorFile.OpenReaderAsync(Npy, Token));

        Assert.StartsWith($"{Npy} is truncated: its header says 3 rows", refused.Message, StringComparison.Ordinal);
    }

    private async Task ResumeAsync(ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> names)
    {
        await File.WriteAllBytesAsync(Npy, data, Token);
        await File.WriteAllBytesAsync(Names, names, Token);
        await VectorRows.AssertHoldsAsync(Npy, 2);
        await using (var writer = await VectorFile.OpenWriterAsync(Npy, Token))
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.Equal(!writer.State.Done.Contains(VectorRows.Path(i)), writer.Append(VectorRows.Path(i), VectorRows.Features(i), VectorRows.Model));
            }
        }

        await VectorRows.AssertHoldsAsync(Npy, 5);
    }

    /// <summary>In NumPy's format: the header is padded to a multiple of 64 bytes.</summary>
    private Task WriteForeignAsync(string header, byte[] data)
    {
        var length = (10 + header.Length + 1 + 63) / 64 * 64;
        byte[] prelude = [0x93, .. "NUMPY"u8, 1, 0, (byte)(length - 10), 0];
        return File.WriteAllBytesAsync(Npy, [.. prelude, .. Encoding.ASCII.GetBytes(header.PadRight(length - 11) + "\n"), .. data], Token);
    }
}
