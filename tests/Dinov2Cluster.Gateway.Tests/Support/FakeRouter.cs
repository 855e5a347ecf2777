using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Devices that compute recognisable features from each crop's own pixels.</summary>
internal sealed class FakeRouter : IEmbeddingRouter
{
    private readonly Lock _lock = new();
    private readonly List<int> _calls = [];
    private readonly List<Priority> _priorities = [];

    public Dictionary<string, ServedModel> Served { get; } = new(StringComparer.Ordinal)
    {
        ["tiny"] = new("tiny", EmbeddingSize: 6, ShortestEdge: 16, CropSize: 14, Checksum: "1", PatchTokens: 0, PixelNormalization.Published),
        ["wide"] = new("wide", EmbeddingSize: 10, ShortestEdge: 16, CropSize: 14, Checksum: "1", PatchTokens: 4, PixelNormalization.Published),
    };

    public string? Default { get; set; } = "tiny";

    /// <summary>Replaces what the devices do.</summary>
    public Func<ServedModel, CropGroup, CancellationToken, Task<GroupResult>>? OnEmbed { get; set; }

    public IReadOnlyList<string> Models => [.. Served.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Crops of every call so far.</summary>
    public IReadOnlyList<int> Calls
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>Priority of every call so far.</summary>
    public IReadOnlyList<Priority> Priorities
    {
        get
        {
            lock (_lock)
            {
                return [.. _priorities];
            }
        }
    }

    public bool TryGetModel(string? name, [NotNullWhen(true)] out ServedModel? model)
    {
        model = null;
        return (name ?? Default) is { } wanted && Served.TryGetValue(wanted, out model);
    }

    /// <summary>What admission sees; none by default.</summary>
    public ImmutableArray<DeviceState> DeviceStates { get; set; } = [];

    public ImmutableArray<DeviceState> Devices(ServedModel model) => DeviceStates;

    public Task<GroupResult> EmbedAsync(RouteRequest request, CropGroup crops, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _calls.Add(crops.Count);
            _priorities.Add(request.Priority);
        }

        return OnEmbed?.Invoke(request.Model, crops, cancellationToken) ?? Task.FromResult(Answer(request.Model, crops, request.Output));
    }

    public static GroupResult Answer(ServedModel model, CropGroup crops, Output output = Output.Cls)
    {
        var size = model.FeaturesPerImage(output);
        var features = new float[crops.Count * size];
        for (var i = 0; i < crops.Count; i++)
        {
            Features(model, crops.Crop(i).Span, output).CopyTo(features, i * size);
        }

        return new(features, QueueSeconds: 0.0015, InferenceSeconds: 0.25);
    }

    /// <summary>Depends on every pixel and on the feature's number (FNV-1a).</summary>
    public static float[] Features(ServedModel model, ReadOnlySpan<byte> crop, Output output = Output.Cls)
    {
        var features = new float[model.FeaturesPerImage(output)];
        var hash = 2166136261u;
        foreach (var value in crop)
        {
            hash = (hash ^ value) * 16777619;
        }

        for (var k = 0; k < features.Length; k++)
        {
            hash = (hash ^ (uint)k) * 16777619;
            features[k] = ((int)hash) / 1e6f;
        }

        return features;
    }
}
