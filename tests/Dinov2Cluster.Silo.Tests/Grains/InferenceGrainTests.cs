using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Silo.Grains;

namespace Dinov2Cluster.Silo.Tests.Grains;

public sealed class InferenceGrainTests
{
    [Fact]
    public void Every_error_of_a_device_has_a_status_of_its_own()
    {
        var statuses = Enum.GetValues<InferenceErrorKind>().Select(InferenceGrain.StatusOf).ToArray();

        Assert.Equal(statuses.Length, statuses.Distinct().Count());
        Assert.DoesNotContain(EmbedStatus.Ok, statuses);
    }
}
