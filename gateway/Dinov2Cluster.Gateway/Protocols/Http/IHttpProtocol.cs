using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>One HTTP protocol: how its requests are read and answered. <see cref="HttpProtocolRunner"/> does the rest.</summary>
internal interface IHttpProtocol : IErrorForm
{
    /// <summary>Name for the metrics.</summary>
    string Name { get; }

    /// <summary>Refuses what can be refused before the body is read, and sets the headers that every reply has.</summary>
    /// <exception cref="EmbeddingException">The request is refused.</exception>
    void Begin(HttpContext context);

    /// <summary>Reads a request.</summary>
    /// <param name="request">Its headers and route.</param>
    /// <param name="body">Its whole body; the result may point into it.</param>
    /// <exception cref="EmbeddingException">The request is refused.</exception>
    ProtocolRequest Read(HttpRequest request, ReadOnlyMemory<byte> body);

    /// <summary>Answers a request.</summary>
    /// <param name="context">Its status is 200, and the headers that all protocols share are set.</param>
    /// <param name="request">What <see cref="Read"/> returned.</param>
    /// <param name="result">What became of it.</param>
    ValueTask WriteAsync(HttpContext context, ProtocolRequest request, EmbeddingResult result);
}
