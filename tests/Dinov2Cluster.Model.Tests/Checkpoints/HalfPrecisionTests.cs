using System.Runtime.InteropServices;
using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Tests.Checkpoints;

public sealed class HalfPrecisionTests
{
    // Every length from 0 to 40 meets the block, its tail, and both.
    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 41), 65536];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Float16_widens_exactly(int length)
    {
        var (values, source) = Prepare(length);

        HalfPrecision.Widen(values, isBFloat16: false);

        for (var i = 0; i < length; i++)
        {
            AssertSame((float)BitConverter.UInt16BitsToHalf(source[i]), values[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void BFloat16_widens_exactly(int length)
    {
        var (values, source) = Prepare(length);

        HalfPrecision.Widen(values, isBFloat16: true);

        for (var i = 0; i < length; i++)
        {
            AssertSame(BitConverter.UInt32BitsToSingle((uint)source[i] << 16), values[i]);
        }
    }

    [Theory]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void A_checkpoint_in_half_precision_reads_as_float32(string type)
    {
        var bytes = new byte[2 * 3];
        for (var i = 0; i < 3; i++)
        {
            var value = i - 1.5f;
            BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), type == "F16" ? BitConverter.HalfToUInt16Bits((Half)value) : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
        }

        using var directory = new CheckpointBuilder().Add("before", [1], 7f).AddRaw("half", type, [3], bytes).Build();
        using var checkpoint = Checkpoint.Open(directory.Path);
        var values = new float[3];

        checkpoint.Read("half", [3], values);

        Assert.Equal([-1.5f, -0.5f, 0.5f], values);
    }

    private static (float[] Values, ushort[] Source) Prepare(int length)
    {
        // At full length every 16-bit pattern occurs once; shorter runs begin at the infinities.
        var source = Enumerable.Range(0, length).Select(i => (ushort)(0x7C00 + i)).ToArray();
        var values = new float[length];
        source.CopyTo(MemoryMarshal.Cast<float, ushort>(values.AsSpan())[length..]);
        return (values, source);
    }

    private static void AssertSame(float expected, float actual)
    {
        if (float.IsNaN(expected))
        {
            Assert.True(float.IsNaN(actual));
        }
        else
        {
            Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(actual));
        }
    }
}
