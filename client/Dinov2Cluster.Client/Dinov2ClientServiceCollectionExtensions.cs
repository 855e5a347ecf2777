using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dinov2Cluster.Client;

/// <summary>Registers the client for dependency injection.</summary>
public static class Dinov2ClientServiceCollectionExtensions
{
    /// <summary>
    /// Registers one <see cref="Dinov2Client"/>, also as <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of <see cref="DataContent"/>, with the
    /// settings of a configuration section: <c>Address</c>, <c>ApiKey</c> and so on, as in <see cref="Dinov2ClientOptions"/>. They are validated
    /// when the host starts.
    /// </summary>
    public static IServiceCollection AddDinov2Client(this IServiceCollection services, IConfiguration configuration) =>
        throw new NotImplementedException();

    /// <summary>
    /// Registers one <see cref="Dinov2Client"/>, also as <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of <see cref="DataContent"/>, with the
    /// settings that the delegate sets. They are validated when the host starts.
    /// </summary>
    public static IServiceCollection AddDinov2Client(this IServiceCollection services, Action<Dinov2ClientOptions> configure) =>
        throw new NotImplementedException();
}
