using System.Buffers;
using System.Runtime.InteropServices;
using Dinov2Cluster.Grains.Messages;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Session;

namespace Dinov2Cluster.Grains.Tests;

public sealed class CropPayloadTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private Serializer Serializer => _services.GetRequiredService<Serializer>();

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(150_528)]
    [InlineData(8 * 150_528)]
    public void Pixels_survive_the_wire(int length)
    {
        var pixels = Pixels(length);

        var copy = Serializer.Deserialize<CropPayload>(Serializer.SerializeToArray(new CropPayload(pixels)))!;

        Assert.Equal(length, copy.Length);
        Assert.Equal(pixels.AsSpan(), copy.Pixels.Span);
    }

    [Fact]
    public void Pixels_survive_a_wire_that_cuts_them_into_pieces()
    {
        var pixels = Pixels(10_000);
        var bytes = Serializer.SerializeToArray(new EmbedRequest(new CropPayload(pixels), 1, TimeSpan.FromSeconds(1)));

        var copy = Serializer.Deserialize<EmbedRequest>(CutSequence.Of(bytes, 777))!;

        Assert.Equal(pixels.AsSpan(), copy.Crops.Pixels.Span);
    }

    [Fact]
    public void What_came_over_the_wire_goes_back_to_the_pool_once()
    {
        // A size class that nothing else here rents from, so that the pool hands the array out again at once.
        var bytes = Serializer.SerializeToArray(new CropPayload(Pixels((1 << 20) + 1)));
        var copy = Serializer.Deserialize<CropPayload>(bytes)!;
        var array = ArrayOf(copy);

        copy.Release();
        copy.Release();

        var first = ArrayPool<byte>.Shared.Rent((1 << 20) + 1);
        var second = ArrayPool<byte>.Shared.Rent((1 << 20) + 1);
        Assert.Throws<ObjectDisposedException>(() => copy.Pixels);
        Assert.Same(array, first);
        Assert.NotSame(array, second);
    }

    [Fact]
    public void Reading_payloads_one_after_another_allocates_no_array_for_each()
    {
        var bytes = Serializer.SerializeToArray(new CropPayload(Pixels(150_528)));
        Serializer.Deserialize<CropPayload>(bytes)!.Release();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            Serializer.Deserialize<CropPayload>(bytes)!.Release();
        }

        // An array for each would be 15 MB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void The_caller_s_memory_never_goes_to_the_pool()
    {
        var pixels = new byte[1 << 21];
        var payload = new CropPayload(pixels);

        payload.Release();

        Assert.Same(pixels, ArrayOf(payload));
        Assert.NotSame(pixels, ArrayPool<byte>.Shared.Rent(1 << 21));
    }

    [Fact]
    public void A_payload_that_stays_in_its_process_travels_by_reference()
    {
        var request = new EmbedRequest(new CropPayload(new byte[3]), 1, TimeSpan.FromSeconds(1));

        var copy = _services.GetRequiredService<DeepCopier>().Copy(request);

        Assert.Same(request.Crops, copy.Crops);
    }

    [Fact]
    public void One_payload_in_two_places_is_sent_and_rented_once()
    {
        var payload = new CropPayload(Pixels(1000));

        var bytes = Serializer.SerializeToArray<CropPayload[]>([payload, payload]);
        var copies = Serializer.Deserialize<CropPayload[]>(bytes)!;

        Assert.Same(copies[0], copies[1]);
        Assert.InRange(bytes.Length, 1000, 1500);
    }

    [Theory]
    [InlineData(301u)]
    [InlineData(1u << 20)]
    [InlineData(int.MaxValue)]
    [InlineData(uint.MaxValue)]
    public void A_length_beyond_the_message_is_refused_before_anything_is_rented(uint announced)
    {
        var bytes = Announcing(announced, held: 300);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.ThrowsAny<Exception>(() => Serializer.Deserialize<CropPayload>(bytes));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 19);
    }

    [Fact]
    public void No_prefix_of_a_message_is_taken_for_one()
    {
        var bytes = Serializer.SerializeToArray(new CropPayload(Pixels(300)));

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.ThrowsAny<Exception>(() => Serializer.Deserialize<CropPayload>(bytes.AsMemory(0, length)));
        }
    }

    /// <summary>A payload's bytes with another length in their header.</summary>
    private byte[] Announcing(uint length, int held)
    {
        var bytes = Serializer.SerializeToArray(new CropPayload(new byte[held]));
        using var session = _services.GetRequiredService<SerializerSessionPool>().GetSession();
        var prefix = Prefix(session, (uint)held);
        var at = bytes.Length - held - prefix.Length;
        Assert.Equal(prefix, bytes.AsSpan(at, prefix.Length).ToArray());
        return [.. bytes.AsSpan(0, at), .. Prefix(session, length), .. bytes.AsSpan(at + prefix.Length)];
    }

    private static byte[] Prefix(SerializerSession session, uint length)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = Writer.Create(buffer, session);
        writer.WriteVarUInt32(length);
        writer.Commit();
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Pixels(int length)
    {
        var pixels = new byte[length];
        new Random(length).NextBytes(pixels);
        return pixels;
    }

    private static byte[]? ArrayOf(CropPayload payload) => MemoryMarshal.TryGetArray(payload.Pixels, out var segment) ? segment.Array : null;
}
