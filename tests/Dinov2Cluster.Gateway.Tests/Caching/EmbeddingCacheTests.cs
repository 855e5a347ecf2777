using System.Buffers.Binary;
using CsCheck;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Tests.Caching;

public sealed class EmbeddingCacheTests
{
    private const int Size = 4;

    private static readonly ServedModel _model = new("m", Size, 16, 14, "abc", PatchTokens: 1, PixelNormalization.Published);
    private static readonly long _entry = CacheEntry.BytesFor(Size);

    [Fact]
    public void It_is_off_by_default_and_covers_no_model_without_a_checksum()
    {
        Assert.False(Make(0).Covers(_model));
        Assert.True(Make(1).Covers(_model));
        Assert.False(Make(1).Covers(_model with { Checksum = "" }));
    }

    [Fact]
    public void A_key_is_of_the_image_and_of_all_that_makes_the_features()
    {
        ServedModel[] models =
        [
            _model, _model with { Checksum = "abd" }, _model with { Checksum = new string('a', 1000) }, _model with { EmbeddingSize = 5 },
            _model with { ShortestEdge = 17 }, _model with { CropSize = 15 },
        ];
        var keys = models.SelectMany(model => new[]
        {
            CacheKey.For([1, 2, 3], ImageInputKind.Encoded, model, Output.Cls), CacheKey.For([1, 2, 4], ImageInputKind.Encoded, model, Output.Cls),
            CacheKey.For([1, 2, 3], ImageInputKind.Crop, model, Output.Cls), CacheKey.For([1, 2, 3], ImageInputKind.Encoded, model, Output.ClsMean),
        }).ToArray();

        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(keys[0], CacheKey.For([1, 2, 3], ImageInputKind.Encoded, _model with { Name = "renamed" }, Output.Cls));
    }

    [Fact]
    public async Task Who_comes_while_an_image_is_computed_waits_for_it()
    {
        var cache = Make(10_000);
        var led = cache.Find(Key(1), share: true).Led;
        Assert.NotNull(led);
        var joined = cache.Find(Key(1), share: true).Joined;
        Assert.NotNull(joined);
        Assert.Same(led, joined);
        Assert.Equal(default, cache.Find(Key(1), share: false));

        cache.Complete(led, Features(1));
        cache.Abandon(led);

        Assert.Equal(Features(1), await joined.Features);
        Assert.Equal(Features(1), cache.Find(Key(1), share: true).Features);
        Assert.Equal(_entry, cache.Bytes);
    }

    [Fact]
    public async Task An_abandoned_image_is_computed_by_the_next_one()
    {
        var cache = Make(10_000);
        var led = cache.Find(Key(1), share: true).Led!;

        cache.Abandon(led);
        var next = cache.Find(Key(1), share: true).Led;
        // Too late: another one computes it now.
        cache.Complete(led, Features(1));

        Assert.Null(await led.Features);
        Assert.NotNull(next);
        Assert.Same(next, cache.Find(Key(1), share: true).Joined);
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public void What_was_asked_for_again_stays_and_what_was_not_goes()
    {
        var cache = Make(3 * _entry);
        Add(cache, 1, 2, 3);
        Assert.NotNull(cache.Find(Key(1), share: true).Features);

        Add(cache, 4, 5);

        Assert.Equal([1, 4, 5], Held(cache, 5));
        Assert.Equal(2, cache.Evictions);
    }

    [Fact]
    public void Features_that_are_too_large_are_not_kept()
    {
        var cache = Make(_entry - 1);

        Add(cache, 1);

        Assert.Equal((0, 0), (cache.Bytes, cache.Evictions));
        Assert.NotNull(cache.Find(Key(1), share: true).Led);
    }

    [Fact]
    public void Whatever_happens_the_memory_is_bounded_and_the_features_are_the_right_ones() =>
        Gen.Select(Gen.Int[1, 20], Gen.Select(Gen.Int[0, 30], Gen.Int[0, 3]).Array[1, 200]).Sample((room, steps) =>
        {
            var cache = Make((room * _entry) + (room % 7));
            var flights = new List<(EmbeddingFlight Flight, int Image)>();
            foreach (var (image, action) in steps)
            {
                if (action < 2)
                {
                    var found = cache.Find(Key(image), share: true);
                    Assert.Equal(1, (found.Features is null ? 0 : 1) + (found.Joined is null ? 0 : 1) + (found.Led is null ? 0 : 1));
                    Assert.True(found.Features is null || found.Features.SequenceEqual(Features(image)));
                    if (found.Led is { } led)
                    {
                        flights.Add((led, image));
                    }
                }
                else if (flights.Count > 0)
                {
                    var (flight, computed) = flights[image % flights.Count];
                    flights.Remove((flight, computed));
                    if (action == 2)
                    {
                        cache.Complete(flight, Features(computed));
                    }
                    else
                    {
                        cache.Abandon(flight);
                    }
                }

                Assert.InRange(cache.Bytes, 0, room * _entry);
            }

            // The books agree with what can be found.
            flights.ForEach(flight => cache.Abandon(flight.Flight));
            Assert.Equal(cache.Bytes, Held(cache, 31).Count * _entry);
        });

    [Fact]
    public async Task From_many_threads_the_memory_is_bounded_too()
    {
        const long MaxBytes = 64 << 20;
        var cache = Make(MaxBytes);
        var model = _model with { EmbeddingSize = 100_000 };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var random = new Random(worker);
            var features = new float[model.EmbeddingSize];
            for (var i = 0; i < 150; i++)
            {
                var key = CacheKey.For(BitConverter.GetBytes(random.Next(400)), ImageInputKind.Encoded, model, Output.Cls);
                if (cache.Find(key, share: true).Led is { } led)
                {
                    cache.Complete(led, features);
                }

                Assert.InRange(cache.Bytes, 0, MaxBytes);
            }
        })));

        Assert.InRange(cache.Evictions, 1, 600);
    }

    private static EmbeddingCache Make(long maxBytes) => new(Options.Create(new CacheOptions { MaxBytes = maxBytes }));

    private static CacheKey Key(int image)
    {
        var encoded = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(encoded, image);
        return CacheKey.For(encoded, ImageInputKind.Encoded, _model, Output.Cls);
    }

    private static float[] Features(int image) => [image, image + 0.5f, -image, 1];

    private static void Add(EmbeddingCache cache, params int[] images)
    {
        foreach (var image in images)
        {
            cache.Complete(cache.Find(Key(image), share: true).Led!, Features(image));
        }
    }

    private static List<int> Held(EmbeddingCache cache, int images)
    {
        var held = new List<int>();
        for (var image = 0; image <= images; image++)
        {
            var found = cache.Find(Key(image), share: true);
            if (found.Features is not null)
            {
                held.Add(image);
            }
            else
            {
                cache.Abandon(found.Led!);
            }
        }

        return held;
    }
}
