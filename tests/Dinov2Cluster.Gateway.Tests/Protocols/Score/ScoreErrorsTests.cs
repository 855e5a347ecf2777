using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Score;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Score;

public sealed class ScoreErrorsTests
{
    [Fact]
    public void Every_kind_of_error_has_a_status() =>
        Assert.All(Enum.GetValues<EmbeddingErrorKind>(), kind => Assert.InRange(ScoreErrors.For(kind).Status, 400, 504));
}
