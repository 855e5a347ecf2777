namespace Dinov2Cluster.Imaging.Tests;

public sealed class ImageExceptionTests
{
    public static TheoryData<ImageErrorKind> Kinds => [.. Enum.GetValues<ImageErrorKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_has_a_fixed_message_of_its_own(ImageErrorKind kind)
    {
        var message = new ImageException(kind).Message;

        Assert.Equal(message, new ImageException(kind, new InvalidOperationException("decoder text")).Message);
        Assert.DoesNotContain(Enum.GetValues<ImageErrorKind>(), other => other != kind && new ImageException(other).Message == message);
    }
}
