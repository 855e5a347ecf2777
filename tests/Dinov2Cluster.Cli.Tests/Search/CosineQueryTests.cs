using CsCheck;
using Dinov2Cluster.Cli.Search;

namespace Dinov2Cluster.Cli.Tests.Search;

public sealed class CosineQueryTests
{
    private static readonly Gen<float[]> _vectors = Gen.Float[-100, 100].Array[7].Where(vector => vector.Any(value => Math.Abs(value) > 0.01));

    [Fact]
    public void It_is_the_cosine_in_double() => _vectors.Select(_vectors).Sample((query, vector) =>
    {
        var dot = query.Zip(vector, (a, b) => (double)a * b).Sum();
        var expected = dot / Math.Sqrt(query.Sum(a => (double)a * a)) / Math.Sqrt(vector.Sum(b => (double)b * b));
        Assert.Equal(expected, CosineQuery.TryCreate(query)!.Score(vector)!.Value, 1e-5);
    });

    [Theory]
    [InlineData(1e-30f)]
    [InlineData(1e-44f)]
    [InlineData(1e30f)]
    [InlineData(3e38f)]
    public void Lengths_that_float_can_not_square_do_not_matter(float length)
    {
        Assert.Equal(Math.Sqrt(0.5), CosineQuery.TryCreate([1, 0])!.Score([length, length])!.Value, 1e-6);
        Assert.Equal(Math.Sqrt(0.5), CosineQuery.TryCreate([length, length])!.Score([1, 0])!.Value, 1e-6);
    }

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(1f, float.NaN)]
    [InlineData(float.PositiveInfinity, 1f)]
    [InlineData(1f, float.NegativeInfinity)]
    public void A_vector_without_direction_has_no_score(float x, float y)
    {
        Assert.Null(CosineQuery.TryCreate([x, y]));
        Assert.Null(CosineQuery.TryCreate([1, 1])!.Score([x, y]));
    }
}
