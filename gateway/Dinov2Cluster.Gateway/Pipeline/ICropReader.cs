using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Turns an image string into the crop that enters a model.</summary>
internal interface ICropReader
{
    /// <summary>Resolves, decodes and preprocesses one image. Waits for a free fetch or decode slot.</summary>
    /// <param name="image">URL, data URI or base64.</param>
    /// <param name="model">Says the sizes.</param>
    /// <param name="crop">Receives uint8 [size, size, 3].</param>
    /// <param name="cancellationToken">Stops the waiting and the fetch; a decode that began runs to its end.</param>
    /// <exception cref="ImageException">The image was refused.</exception>
    Task ReadAsync(ImageText image, ServedModel model, Memory<byte> crop, CancellationToken cancellationToken);
}
