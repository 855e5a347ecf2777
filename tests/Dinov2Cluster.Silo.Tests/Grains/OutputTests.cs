using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Silo.Tests.Grains;

/// <summary>Every output, over real connections: from the client to one silo's endpoint, and from there to the silo that owns the device.</summary>
public sealed class OutputTests(SiloHosts hosts) : IClassFixture<SiloHosts>
{
    private const int CropBytes = 224 * 224 * 3;
    private const int Size = 1536;
    private const int Patches = 256;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Output.Cls)]
    [InlineData(Output.ClsMean)]
    [InlineData(Output.PatchTokens)]
    public async Task Eight_images_get_the_features_that_the_request_wants(Output output)
    {
        var crops = Crops(8);

        var reply = await EmbedAsync(SiloHosts.PatchTokensModel, crops, output);

        Assert.Equal(EmbedStatus.Ok, reply.Status);
        var perImage = output.Vectors(Patches) * output.Dimensions(Size);
        Assert.Equal(8 * perImage, reply.Features.Length);
        for (var i = 0; i < 8; i++)
        {
            Assert.True(Expected(crops.AsSpan(i * CropBytes, CropBytes), output).AsSpan().SequenceEqual(reply.Features.AsSpan(i * perImage, perImage)));
        }
    }

    [Theory]
    [InlineData(SiloHosts.Model, Output.ClsMean)]
    [InlineData(SiloHosts.Model, Output.PatchTokens)]
    [InlineData(SiloHosts.Model, (Output)99)]
    [InlineData(SiloHosts.PatchTokensModel, (Output)99)]
    public async Task An_output_that_the_model_or_the_silo_does_not_have_is_refused(string model, Output output)
    {
        var reply = await EmbedAsync(model, Crops(1), output);

        Assert.Equal(EmbedStatus.InvalidRequest, reply.Status);
        Assert.Empty(reply.Features);
    }

    [Fact]
    public async Task Features_that_no_message_can_hold_are_refused_and_leave_the_connection_as_it_is()
    {
        // 67 images' patch tokens are over the 100 MiB that a message may have; as CLS tokens they are few.
        var crops = Crops(67);

        Assert.Equal(EmbedStatus.InvalidRequest, (await EmbedAsync(SiloHosts.PatchTokensModel, crops, Output.PatchTokens)).Status);
        Assert.Equal(67 * Size, (await EmbedAsync(SiloHosts.PatchTokensModel, crops, Output.Cls)).Features.Length);
    }

    private Task<EmbedReply> EmbedAsync(string model, byte[] crops, Output output) =>
        hosts.Client.GetGrain<ISiloEndpoint>(SiloEndpointId.At(hosts.EndpointOf("a"))).EmbedAsync(
            new DeviceAddress("b", "simulated:0", model),
            new EmbedRequest(new CropPayload(crops), crops.Length / CropBytes, TimeSpan.FromSeconds(30), Priority.Interactive, output),
            Cancellation);

    private static byte[] Crops(int count)
    {
        var crops = new byte[count * CropBytes];
        new Random(count).NextBytes(crops);
        return crops;
    }

    private static float[] Expected(ReadOnlySpan<byte> crop, Output output)
    {
        var features = new float[(1 + Patches) * Size];
        var mean = new float[Size];
        SimulatedFeatures.Compute(crop, features);
        SimulatedFeatures.Average(features.AsSpan(Size), mean);
        return output switch
        {
            Output.PatchTokens => features[Size..],
            Output.ClsMean => [.. features.AsSpan(0, Size), .. mean],
            _ => features[..Size],
        };
    }
}
