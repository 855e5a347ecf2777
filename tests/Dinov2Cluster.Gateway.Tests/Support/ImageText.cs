using System.Text;
using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>What a parser found.</summary>
internal static class ImageText
{
    /// <summary>The string of an image.</summary>
    public static string Of(ImageInput image)
    {
        if (image.Kind == ImageInputKind.Text)
        {
            return Encoding.UTF8.GetString(image.Bytes.Span);
        }

        using var text = image.Unescape();
        return Encoding.UTF8.GetString(text.Memory.Span);
    }
}
