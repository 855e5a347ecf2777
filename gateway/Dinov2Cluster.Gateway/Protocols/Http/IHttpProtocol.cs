using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>How a protocol reports errors.</summary>
internal interface IErrorForm
{
    /// <summary>Whether errors of this request have this form. Known before routing, because a request may be refused before it.</summary>
    bool Covers(HttpRequest request);

    /// <summary>Answers with an error of the core or of its guards. <c>Retry-After</c> is set already.</summary>
    Task WriteErrorAsync(HttpContext context, EmbeddingException error);

    /// <summary>Answers with an error of HTTP itself, such as 404, 405 or 413, or with 500.</summary>
    Task WriteErrorAsync(HttpContext context, int status);
}

/// <summary>One HTTP protocol: reads requests and writes answers. <see cref="HttpProtocolRunner"/> does the rest.</summary>
internal interface IHttpProtocol : IErrorForm
{
    /// <summary>Name for the metrics.</summary>
    string Name { get; }

    /// <summary>Refuses what can be refused before the body is read, and sets the headers of every reply.</summary>
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
    /// <param name="result">The result.</param>
    ValueTask WriteAsync(HttpContext context, ProtocolRequest request, EmbeddingResult result);
}

/// <summary>A parsed request. Protocols add what they need for the answer.</summary>
/// <param name="Model">Name of the model; null or empty for the default.</param>
/// <param name="Images">The images.</param>
/// <param name="Options">What the client asks for.</param>
internal record ProtocolRequest(string? Model, IReadOnlyList<ImageInput> Images, EmbeddingOptions Options);
