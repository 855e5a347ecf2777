using System.Buffers;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Session;
using Orleans.Serialization.WireProtocol;

namespace Dinov2Cluster.Grains.Tests;

public sealed class EmbedReplyTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private delegate void WriteFields(ref Writer<ArrayBufferWriter<byte>> writer);

    private Serializer Serializer => _services.GetRequiredService<Serializer>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void A_reply_keeps_every_bit_of_its_features()
    {
        var reply = new EmbedReply(EmbedStatus.Ok, [1.5f, -0f, float.Epsilon, float.MaxValue, float.NaN], 0.25, 0.5, 7, 3);

        var copy = Serializer.Deserialize<EmbedReply>(Serializer.SerializeToArray(reply))!;

        Assert.Equal(reply.Features.Select(BitConverter.SingleToInt32Bits), copy.Features.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(reply with { Features = copy.Features }, copy);
    }

    [Fact]
    public void A_reply_without_features_keeps_its_status()
    {
        var copy = Serializer.Deserialize<EmbedReply>(Serializer.SerializeToArray(EmbedReply.Failed(EmbedStatus.QueueFull, 5, 2)))!;

        Assert.Equal((EmbedStatus.QueueFull, 5, 2), (copy.Status, copy.QueueDepth, copy.Computing));
        Assert.Empty(copy.Features);
    }

    [Fact]
    public void Eight_images_of_the_giant_s_patch_tokens_are_little_more_than_their_floats_and_survive_a_wire_that_cuts_them()
    {
        var reply = new EmbedReply(EmbedStatus.Ok, Features(8 * 256 * 1536), 0.25, 0.5, 7, 3);

        var bytes = Serializer.SerializeToArray(reply);
        var copy = Serializer.Deserialize<EmbedReply>(CutSequence.Of(bytes, 65_537))!;

        Assert.InRange(bytes.Length - (reply.Features.Length * sizeof(float)), 0, 100);
        Assert.True(reply.Features.AsSpan().SequenceEqual(copy.Features));
        Assert.Equal(reply with { Features = copy.Features }, copy);
    }

    [Fact]
    public void One_reply_in_two_places_is_sent_once()
    {
        var reply = new EmbedReply(EmbedStatus.Ok, Features(1000), 0.25, 0.5, 7, 3);

        var bytes = Serializer.SerializeToArray<EmbedReply[]>([reply, reply]);
        var copies = Serializer.Deserialize<EmbedReply[]>(bytes)!;

        Assert.Same(copies[0], copies[1]);
        Assert.InRange(bytes.Length, 4000, 4500);
    }

    [Fact]
    public void A_reply_that_stays_in_its_process_travels_by_reference()
    {
        var reply = new EmbedReply(EmbedStatus.Ok, Features(8), 0.25, 0.5, 7, 3);

        Assert.Same(reply, _services.GetRequiredService<DeepCopier>().Copy(reply));
    }

    [Fact]
    public void Fields_of_another_version_are_passed_over_and_missing_ones_are_empty()
    {
        var bytes = Write((ref Writer<ArrayBufferWriter<byte>> writer) =>
        {
            Int32Codec.WriteField(ref writer, 4, 17);
            StringCodec.WriteField(ref writer, 5, "of a newer version");
        });

        var reply = Serializer.Deserialize<EmbedReply>(bytes)!;

        Assert.Empty(reply.Features);
        Assert.Equal((EmbedStatus.Ok, 17, 0), (reply.Status, reply.QueueDepth, reply.Computing));
    }

    [Theory]
    [InlineData(3u)]
    [InlineData(401u)]
    [InlineData(1u << 20)]
    [InlineData(int.MaxValue)]
    [InlineData(uint.MaxValue)]
    public void A_length_that_is_no_floats_or_beyond_the_message_is_refused_before_anything_is_allocated(uint announced)
    {
        var bytes = Write((ref Writer<ArrayBufferWriter<byte>> writer) =>
        {
            writer.WriteFieldHeader(1, typeof(float[]), typeof(float[]), WireType.LengthPrefixed);
            writer.WriteVarUInt32(announced);
            writer.Write(new byte[400]);
        });
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.ThrowsAny<Exception>(() => Serializer.Deserialize<EmbedReply>(bytes));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 19);
    }

    [Fact]
    public void No_prefix_of_a_message_is_taken_for_one()
    {
        var bytes = Serializer.SerializeToArray(new EmbedReply(EmbedStatus.Ok, Features(50), 0.25, 0.5, 7, 3));

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.ThrowsAny<Exception>(() => Serializer.Deserialize<EmbedReply>(bytes.AsMemory(0, length)));
        }
    }

    private byte[] Write(WriteFields fields)
    {
        using var session = _services.GetRequiredService<SerializerSessionPool>().GetSession();
        var buffer = new ArrayBufferWriter<byte>();
        var writer = Writer.Create(buffer, session);
        ReferenceCodec.MarkValueField(session);
        writer.WriteStartObject(0, typeof(EmbedReply), typeof(EmbedReply));
        fields(ref writer);
        writer.WriteEndObject();
        writer.Commit();
        return buffer.WrittenSpan.ToArray();
    }

    private static float[] Features(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }
}
