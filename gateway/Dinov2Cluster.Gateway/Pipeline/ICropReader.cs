using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Turns an image into the crop that enters a model.</summary>
internal interface ICropReader
{
    /// <summary>Resolves one image, asks where its crop belongs, then decodes and preprocesses it. Waits for a free fetch or decode slot.</summary>
    /// <param name="image">The image.</param>
    /// <param name="model">Says the sizes.</param>
    /// <param name="target">Is asked once, when the image's bytes are there.</param>
    /// <param name="cancellationToken">Stops the waiting and the fetch; a decode that began runs to its end.</param>
    /// <exception cref="ImageException">The image was refused.</exception>
    Task ReadAsync(ImageInput image, ServedModel model, ICropTarget target, CancellationToken cancellationToken);
}
