using System.Buffers;
using System.Text.Json;
using CsCheck;
using Dinov2Cluster.Gateway.Protocols.Json;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Json;

public sealed class FeatureJsonTests
{
    [Fact]
    public void Every_finite_float_reads_back_as_the_same_bits() =>
        Gen.UInt.Select(BitConverter.UInt32BitsToSingle).Where(float.IsFinite).Array[0, 700].Sample(features =>
        {
            var output = new ArrayBufferWriter<byte>(1);
            FeatureJson.WriteVector(output, features);

            using var document = JsonDocument.Parse(output.WrittenMemory);
            var read = document.RootElement.EnumerateArray().Select(value => value.GetSingle());
            return read.Select(BitConverter.SingleToUInt32Bits).SequenceEqual(features.Select(BitConverter.SingleToUInt32Bits));
        });

    [Theory]
    [InlineData(0f, "0")]
    [InlineData(-0f, "-0")]
    [InlineData(1f, "1")]
    [InlineData(0.1f, "0.1")]
    [InlineData(-1.17549435E-38f, "-1.1754944E-38")]
    [InlineData(float.MaxValue, "3.4028235E+38")]
    [InlineData(float.Epsilon, "1E-45")]
    public void A_float_has_the_fewest_digits_that_tell_it(float value, string text)
    {
        var output = new ArrayBufferWriter<byte>();
        FeatureJson.WriteVector(output, [value, value]);

        Assert.Equal($"[{text},{text}]", System.Text.Encoding.UTF8.GetString(output.WrittenSpan));
    }
}
