using System.Buffers;

namespace Dinov2Cluster.Client;

/// <summary>Collects the features of a row while their number is unknown.</summary>
internal sealed class FeatureBuffer : IDisposable
{
    private float[] _array = ArrayPool<float>.Shared.Rent(4096);

    public int Count { get; private set; }

    public void Add(float feature)
    {
        if (Count == _array.Length)
        {
            var larger = ArrayPool<float>.Shared.Rent(2 * Count);
            _array.CopyTo(larger, 0);
            ArrayPool<float>.Shared.Return(_array);
            _array = larger;
        }

        _array[Count++] = feature;
    }

    /// <summary>Copies the features, and clears the buffer.</summary>
    public float[] Take()
    {
        var features = _array.AsSpan(0, Count).ToArray();
        Count = 0;
        return features;
    }

    public void Dispose() => ArrayPool<float>.Shared.Return(_array);
}
