using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Standalone;

/// <summary>The model of a first run without any configuration.</summary>
internal static class EmbeddedModelExtensions
{
    private const string RepositoryKey = "Models:Repository";
    private const string UsualRepository = "models";

    /// <summary>
    /// Without a model repository, makes a small random model in the user's cache directory and serves that.
    /// The silo warns that its features mean nothing.
    /// </summary>
    public static IConfigurationManager AddEmbeddedModel(this IConfigurationManager configuration)
    {
        if (string.IsNullOrEmpty(configuration[RepositoryKey]) && !Directory.Exists(UsualRepository))
        {
            configuration[RepositoryKey] = EmbeddedModel.EnsureRandomNano(UserCache.DefaultDirectory, CancellationToken.None);
        }

        return configuration;
    }
}
