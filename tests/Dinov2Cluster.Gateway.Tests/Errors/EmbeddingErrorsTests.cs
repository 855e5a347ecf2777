using Dinov2Cluster.Gateway.Errors;
using Grpc.Core;

namespace Dinov2Cluster.Gateway.Tests.Errors;

public sealed class EmbeddingErrorsTests
{
    [Theory]
    [InlineData(EmbeddingErrorKind.BadRequest, "bad_request", 400, StatusCode.InvalidArgument, FaultOf.Caller, false)]
    [InlineData(EmbeddingErrorKind.UnsupportedMediaType, "unsupported_media_type", 415, StatusCode.InvalidArgument, FaultOf.Caller, false)]
    [InlineData(EmbeddingErrorKind.BodyTooLarge, "body_too_large", 413, StatusCode.InvalidArgument, FaultOf.Caller, false)]
    [InlineData(EmbeddingErrorKind.TooManyImages, "too_many_images", 400, StatusCode.InvalidArgument, FaultOf.Caller, false)]
    [InlineData(EmbeddingErrorKind.BadImage, "bad_image", 400, StatusCode.InvalidArgument, FaultOf.Caller, false)]
    [InlineData(EmbeddingErrorKind.UnknownModel, "unknown_model", 404, StatusCode.NotFound, FaultOf.Caller, false)]
    [InlineData(EmbeddingErrorKind.UnsupportedOutput, "unsupported_output", 400, StatusCode.FailedPrecondition, FaultOf.Caller, false)]
    [InlineData(EmbeddingErrorKind.Unauthenticated, "unauthenticated", 401, StatusCode.Unauthenticated, FaultOf.Caller, false)]
    [InlineData(EmbeddingErrorKind.Forbidden, "forbidden", 403, StatusCode.PermissionDenied, FaultOf.Caller, false)]
    [InlineData(EmbeddingErrorKind.RateLimited, "rate_limited", 429, StatusCode.ResourceExhausted, FaultOf.Caller, true)]
    [InlineData(EmbeddingErrorKind.QuotaExceeded, "quota_exceeded", 429, StatusCode.ResourceExhausted, FaultOf.Caller, true)]
    [InlineData(EmbeddingErrorKind.Overloaded, "overloaded", 429, StatusCode.ResourceExhausted, FaultOf.Capacity, true)]
    [InlineData(EmbeddingErrorKind.NoDevice, "no_device", 503, StatusCode.Unavailable, FaultOf.Server, false)]
    [InlineData(EmbeddingErrorKind.DeadlineExceeded, "deadline_exceeded", 504, StatusCode.DeadlineExceeded, FaultOf.Server, false)]
    [InlineData(EmbeddingErrorKind.Internal, "internal", 500, StatusCode.Internal, FaultOf.Server, false)]
    public void A_kind_has_its_reason_statuses_and_fault(object kind, string reason, int status, StatusCode grpc, object fault, bool mayRetry)
    {
        var error = EmbeddingErrors.For((EmbeddingErrorKind)kind);

        Assert.Equal((reason, status, grpc, (FaultOf)fault, mayRetry), (error.Reason, error.Status, error.GrpcStatus, error.Fault, error.MayRetry));
    }

    [Fact]
    public void Every_kind_of_error_has_a_reason_and_a_message_of_its_own()
    {
        var kinds = Enum.GetValues<EmbeddingErrorKind>();

        Assert.Equal(kinds.Length, kinds.Select(kind => EmbeddingErrors.For(kind).Reason).Distinct().Count());
        Assert.Equal(kinds.Length, kinds.Select(kind => EmbeddingErrors.Message(new EmbeddingException(kind), [])).Distinct().Count());
    }

    [Fact]
    public void Every_kind_of_error_has_a_status_of_http_and_of_grpc() => Assert.All(Enum.GetValues<EmbeddingErrorKind>(), kind =>
    {
        Assert.InRange(EmbeddingErrors.For(kind).Status, 400, 504);
        Assert.NotEqual(StatusCode.OK, EmbeddingErrors.For(kind).GrpcStatus);
    });

    [Fact]
    public void A_deadline_that_the_caller_set_is_the_caller_s_fault()
    {
        Assert.Equal(FaultOf.Caller, EmbeddingException.CallersDeadline().Fault);
        Assert.Equal(new RequestFailure("deadline_exceeded", FaultOf.Caller), RequestFailure.Of(EmbeddingException.CallersDeadline()));
        Assert.Equal(new RequestFailure("deadline_exceeded", FaultOf.Server), RequestFailure.Of(EmbeddingErrorKind.DeadlineExceeded));
    }

    [Fact]
    public void Texts_have_the_number_that_lets_the_caller_go_on()
    {
        Check("The request holds 512 images; at most 256 are allowed (Gateway:MaxImagesPerRequest).", EmbeddingException.TooManyImages(256, 512));
        Check("The request holds more than 256 images; at most 256 are allowed (Gateway:MaxImagesPerRequest).", EmbeddingException.TooManyImages(256));
        Check(
            "The features of 200 images take 320000000 bytes; a reply may hold 256000000 (Gateway:MaxReplyBytes), those of 160 images.",
            EmbeddingException.ReplyTooLarge(200, 1_600_000, 256_000_000));
        Check("POST body is larger than the limit of 1024 bytes (Gateway:MaxBodyBytes).", EmbeddingException.BodyTooLarge(1024));
    }

    private static void Check(string text, EmbeddingException error) => Assert.Equal(text, EmbeddingErrors.Message(error, []));
}
