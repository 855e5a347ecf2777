using CsCheck;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Tests.Pipeline;

public sealed class FeatureNormTests
{
    [Fact]
    public void A_vector_is_divided_by_its_length() =>
        Assert.Equal([0.6f, -0.8f], FeatureNorm.Normalize([3, -4], 2).ToArray());

    [Fact]
    public void Each_vector_has_its_own_length() =>
        Assert.Equal([1, 0, 0, -1, 0.6f, 0.8f], FeatureNorm.Normalize([7, 0, 0, -2, 30, 40], 2).ToArray());

    [Fact]
    public void Nothing_but_zeros_stays_as_it_is() =>
        Assert.Equal([0, 0, 1, 0], FeatureNorm.Normalize([0, 0, 5, 0], 2).ToArray());

    [Theory]
    [InlineData(float.MaxValue)]
    [InlineData(1e-30f)]
    [InlineData(float.Epsilon)]
    public void Squares_that_a_float_cannot_hold_are_no_matter(float value)
    {
        var normalized = FeatureNorm.Normalize([value, value, value, value], 4);

        Assert.Equal([0.5f, 0.5f, 0.5f, 0.5f], normalized.ToArray().Select(feature => MathF.Round(feature, 5)));
    }

    [Fact]
    public void Every_vector_gets_length_one_and_keeps_its_direction() =>
        Gen.Select(Gen.Float[-1e6f, 1e6f].Array[1, 64], Gen.Int[1, 5]).Sample((vector, count) =>
        {
            var features = Enumerable.Range(1, count).SelectMany(scale => vector.Select(value => value * scale)).ToArray();
            var original = features.ToArray();

            var normalized = FeatureNorm.Normalize(features, vector.Length).ToArray();

            // The cache may hold the features: they stay as they are.
            return features.SequenceEqual(original)
                && normalized.Chunk(vector.Length).All(unit => IsUnitOf(unit, vector));
        });

    private static bool IsUnitOf(float[] unit, float[] vector)
    {
        var length = Math.Sqrt(vector.Sum(value => (double)value * value));
        return length < 1e-20 || unit.Zip(vector, (one, value) => Math.Abs(one - (value / length))).All(difference => difference < 1e-5);
    }
}
