namespace Dinov2Cluster.Imaging.Tests;

internal static class ImageErrorAssert
{
    public static ImageException Throws(ImageErrorKind kind, Action action)
    {
        var exception = Assert.Throws<ImageException>(action);
        Assert.Equal(kind, exception.Kind);
        return exception;
    }
}
