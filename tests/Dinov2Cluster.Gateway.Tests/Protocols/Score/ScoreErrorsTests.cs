using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Score;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Score;

public sealed class ScoreErrorsTests
{
    [Fact]
    public void Every_kind_of_error_has_a_status_a_reason_and_a_message()
    {
        var entries = Enum.GetValues<EmbeddingErrorKind>().Select(ScoreErrors.For).ToArray();

        Assert.All(entries, entry => Assert.InRange(entry.Status, 400, 504));
        Assert.Equal(entries.Length, entries.Select(entry => entry.Reason).Distinct().Count());
        Assert.Equal(entries.Length, entries.Select(entry => entry.Message).Distinct().Count());
    }
}
