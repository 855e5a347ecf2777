using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Grpc;
using Grpc.Core;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Grpc;

public sealed class GrpcErrorsTests
{
    [Fact]
    public void Every_kind_of_error_has_a_status() =>
        Assert.All(Enum.GetValues<EmbeddingErrorKind>(), kind => Assert.NotEqual(StatusCode.OK, GrpcErrors.For(kind)));
}
