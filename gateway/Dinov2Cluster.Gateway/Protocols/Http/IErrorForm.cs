using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>How a protocol tells of errors.</summary>
internal interface IErrorForm
{
    /// <summary>Whether errors of this request have this form: known before routing, since what refuses a request may come before it.</summary>
    bool Covers(HttpRequest request);

    /// <summary>Answers with an error of the core, or of those who guard it. <c>Retry-After</c> is set already.</summary>
    Task WriteErrorAsync(HttpContext context, EmbeddingException error);

    /// <summary>Answers with what HTTP itself refuses, such as 404, 405 or 413, and with 500.</summary>
    Task WriteErrorAsync(HttpContext context, int status);
}
