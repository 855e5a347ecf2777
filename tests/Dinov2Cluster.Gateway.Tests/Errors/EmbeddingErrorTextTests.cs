using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Tests.Errors;

public sealed class EmbeddingErrorTextTests
{
    [Fact]
    public void Every_kind_of_error_has_a_reason_and_a_message_of_its_own()
    {
        var kinds = Enum.GetValues<EmbeddingErrorKind>();

        Assert.Equal(kinds.Length, kinds.Select(EmbeddingErrorText.Reason).Distinct().Count());
        Assert.Equal(kinds.Length, kinds.Select(kind => EmbeddingErrorText.Message(new EmbeddingException(kind), [])).Distinct().Count());
    }
}
