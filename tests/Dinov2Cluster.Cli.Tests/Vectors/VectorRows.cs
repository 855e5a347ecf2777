using Dinov2Cluster.Cli.Vectors;

namespace Dinov2Cluster.Cli.Tests.Vectors;

/// <summary>Seeded rows for vector files, and a check of such a file.</summary>
internal static class VectorRows
{
    public const string Model = "dinov2-nano";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Path of a row, with characters that a file's format could trip over.</summary>
    public static string Path(int index) => $"images/ä \"{index}\"\n.jpg";

    /// <summary>The vector of a row: floats of all sizes.</summary>
    public static float[] Features(int index, int dimension = 5)
    {
        var random = new Random(index);
        return [.. Enumerable.Range(0, dimension).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-30, 30))))];
    }

    public static async Task<IVectorWriter> AppendAsync(string file, int from, int to, int dimension = 5)
    {
        var writer = await VectorFile.OpenWriterAsync(file, Token);
        for (var i = from; i < to; i++)
        {
            Assert.True(writer.Append(Path(i), Features(i, dimension), Model));
        }

        return writer;
    }

    public static async Task WriteAsync(string file, int from, int to, int dimension = 5)
    {
        await using var writer = await AppendAsync(file, from, to, dimension);
        await writer.CompleteAsync(Token);
    }

    /// <summary>Checks that the file holds the rows 0 to <paramref name="count"/> - 1 in order, bit by bit.</summary>
    public static async Task AssertHoldsAsync(string file, int count, int dimension = 5)
    {
        await using var reader = await VectorFile.OpenReaderAsync(file, Token);
        for (var i = 0; i < count; i++)
        {
            Assert.True(await reader.ReadAsync(Token));
            Assert.Equal((Path(i), Model), (reader.Path, reader.Model));
            Assert.Equal(Features(i, dimension), reader.Features);
        }

        Assert.False(await reader.ReadAsync(Token));
    }
}
