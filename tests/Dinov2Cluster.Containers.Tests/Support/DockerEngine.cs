using Docker.DotNet;
using DotNet.Testcontainers.Configurations;

namespace Dinov2Cluster.Containers.Tests.Support;

/// <summary>The Docker engine of this machine, for what containers can't do to themselves.</summary>
internal static class DockerEngine
{
    // Older engines answer only to those that ask for a version of theirs.
    private const string NotFound = "No Docker engine was found (an older one needs the environment variable DOCKER_API_VERSION, see 'docker version').";

    private static readonly Lazy<IDockerClient?> _connected =
        new(() => TestcontainersSettings.OS.DockerEndpointAuthConfig?.GetDockerClientBuilder(Guid.NewGuid()).Build());

    private static readonly Lazy<Task<string?>> _missing = new(FindMissingAsync);

    static DockerEngine()
    {
        // Its image is on a registry, which not every machine reaches: the tests end what they start themselves.
        TestcontainersSettings.ResourceReaperEnabled = false;
    }

    /// <summary>Talks to the engine.</summary>
    public static IDockerClient Client => _connected.Value ?? throw new InvalidOperationException(NotFound);

    /// <summary>Skips the running test where there is no engine, or no images to run.</summary>
    public static async Task SkipUnlessReadyAsync()
    {
        var missing = await _missing.Value;
        Assert.SkipUnless(missing is null, missing ?? "");
    }

    private static async Task<string?> FindMissingAsync()
    {
        if (_connected.Value is null)
        {
            return NotFound;
        }

        try
        {
            foreach (var image in TestImages.All)
            {
                await Client.Images.InspectImageAsync(image);
            }

            return null;
        }
        catch (DockerImageNotFoundException exception)
        {
            return $"An image is missing, which tests/images.sh makes: {exception.Message}";
        }
    }
}
