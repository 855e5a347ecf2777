using System.Net;
using System.Text;

namespace Dinov2Cluster.Client.Tests;

public sealed class ScoreFailuresTests
{
    [Theory]
    [InlineData("""{"more":{"message":"inner"},"message":"A sentence."}""", "A sentence.")]
    [InlineData("""{"message":5}""", "The service answered 500.")]
    [InlineData("""["message"]""", "The service answered 500.")]
    [InlineData("<html>Bad gateway</html>", "The service answered 500.")]
    [InlineData("", "The service answered 500.")]
    public void The_message_is_the_services_when_it_gives_one(string body, string message)
    {
        var error = ScoreFailures.ToException(HttpStatusCode.InternalServerError, Encoding.UTF8.GetBytes(body), namesModel: false, retryAfter: null);

        Assert.Equal((Dinov2ErrorKind.Internal, message), (error.Kind, error.Message));
    }

    [Theory]
    [InlineData("Row 12: The image is damaged.", Dinov2ErrorKind.InvalidImage, "The image is damaged.")]
    [InlineData("Row x: no.", Dinov2ErrorKind.InvalidRequest, "Row x: no.")]
    [InlineData("Row : no.", Dinov2ErrorKind.InvalidRequest, "Row : no.")]
    [InlineData("Rows are wrong.", Dinov2ErrorKind.InvalidRequest, "Rows are wrong.")]
    public void A_bad_request_that_names_a_row_is_a_bad_image(string message, Dinov2ErrorKind kind, string told)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"message":"{{message}}"}""");

        var error = ScoreFailures.ToException(HttpStatusCode.BadRequest, body, namesModel: false, retryAfter: null);

        Assert.Equal((kind, told), (error.Kind, error.Message));
    }
}
