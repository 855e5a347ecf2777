using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Sessions;

public sealed class ModelSignatureTests
{
    [Theory]
    [InlineData(Output.Cls, 256, 384)]
    [InlineData(Output.ClsMean, 256, 2 * 384)]
    [InlineData(Output.PatchTokens, 256, 256 * 384)]
    [InlineData((Output)99, 256, 0)]
    [InlineData(Output.Cls, 0, 384)]
    [InlineData(Output.ClsMean, 0, 0)]
    [InlineData(Output.PatchTokens, 0, 0)]
    public void A_model_gives_no_features_of_an_output_that_it_does_not_have(Output output, int patchTokens, int features) =>
        Assert.Equal(features, new ModelSignature(224, 384, 8, PatchTokens: patchTokens).FeaturesOf(output));

    [Fact]
    public void Every_output_is_known() =>
        Assert.All(Enum.GetValues<Output>(), output => Assert.NotEqual(0, new ModelSignature(224, 384, 8, PatchTokens: 256).FeaturesOf(output)));
}
