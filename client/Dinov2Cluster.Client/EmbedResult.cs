using System.Diagnostics.CodeAnalysis;

namespace Dinov2Cluster.Client;

/// <summary>The result for one of many images: its features, or an error.</summary>
public sealed class EmbedResult
{
    internal EmbedResult(long index, ImageSource source, ImageEmbedding embedding) =>
        (Index, Source, Embedding) = (index, source, embedding);

    internal EmbedResult(long index, ImageSource source, Dinov2Exception error) =>
        (Index, Source, Error) = (index, source, error);

    /// <summary>Position of the image in the call's input, from 0.</summary>
    public long Index { get; }

    /// <summary>The caller's image.</summary>
    public ImageSource Source { get; }

    /// <summary>The features; null when there is an <see cref="Error"/>.</summary>
    public ImageEmbedding? Embedding { get; }

    /// <summary>Why the image has no features, as an exception that was not thrown; null when there is an <see cref="Embedding"/>.</summary>
    public Dinov2Exception? Error { get; }

    /// <summary>Whether there are features.</summary>
    [MemberNotNullWhen(true, nameof(Embedding))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsSuccess => Embedding is not null;

    /// <summary>Returns the features.</summary>
    /// <exception cref="Dinov2Exception">There are none; the message says why.</exception>
    public ImageEmbedding GetEmbedding() =>
        Embedding ?? throw new Dinov2Exception(Error!.Kind, $"Image {Index}: {Error.Message}", Error) { Reason = Error.Reason };
}
