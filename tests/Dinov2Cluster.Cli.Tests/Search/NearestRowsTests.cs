using CsCheck;
using Dinov2Cluster.Cli.Search;

namespace Dinov2Cluster.Cli.Tests.Search;

public sealed class NearestRowsTests
{
    // Few values, so that there are many ties.
    private static readonly Gen<float[]> _scores = Gen.Int[-3, 3].Select(score => score / 4f).Array[0, 30];

    [Fact]
    public void It_is_a_stable_sort_cut_off() => _scores.Select(Gen.Int[1, 12]).Sample((scores, count) =>
    {
        var nearest = new NearestRows(count);
        for (var i = 0; i < scores.Length; i++)
        {
            nearest.Add(scores[i], $"{i}");
        }

        var expected = scores.Select((score, i) => new Neighbor(score, $"{i}")).OrderByDescending(neighbor => neighbor.Score).Take(count);
        Assert.Equal(expected, nearest.Take());
    });
}
