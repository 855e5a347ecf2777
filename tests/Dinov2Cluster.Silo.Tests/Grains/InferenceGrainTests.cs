using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.Silo.Grains;

namespace Dinov2Cluster.Silo.Tests.Grains;

public sealed class InferenceGrainTests
{
    [Theory]
    [InlineData(Priority.Interactive, Priority.Interactive)]
    [InlineData(Priority.Bulk, Priority.Bulk)]
    [InlineData((Priority)99, Priority.Bulk)]
    public void The_caller_says_what_goes_first(Priority asked, Priority priority) => Assert.Equal(priority, InferenceGrain.PriorityOf(asked));

    [Theory]
    [InlineData(Output.Cls, Output.Cls)]
    [InlineData(Output.ClsMean, Output.ClsMean)]
    [InlineData(Output.PatchTokens, Output.PatchTokens)]
    [InlineData((Output)99, null)]
    public void The_caller_says_which_features(Output asked, Output? output) => Assert.Equal(output, InferenceGrain.OutputOf(asked));

    [Fact]
    public void Every_output_is_known() => Assert.All(Enum.GetValues<Output>(), output => Assert.NotNull(InferenceGrain.OutputOf(output)));

    [Fact]
    public void Every_error_of_a_device_has_a_status_of_its_own()
    {
        var statuses = Enum.GetValues<InferenceErrorKind>().Select(InferenceGrain.StatusOf).ToArray();

        Assert.Equal(statuses.Length, statuses.Distinct().Count());
        Assert.DoesNotContain(EmbedStatus.Ok, statuses);
    }
}
