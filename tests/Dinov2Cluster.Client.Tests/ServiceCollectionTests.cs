using Dinov2Cluster.Client.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Client.Tests;

public sealed class ServiceCollectionTests : GatewayTest
{
    [Fact]
    public async Task Configuration_sets_every_option()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Dinov2:Address"] = Gateway.ScoreAddress.ToString(),
            ["Dinov2:Protocol"] = "http",
            ["Dinov2:ApiKey"] = "secret",
            ["Dinov2:Model"] = "giant",
            ["Dinov2:Concurrency"] = "9",
            ["Dinov2:ImagesPerRequest"] = "8",
            ["Dinov2:MaxImageBytes"] = "7000",
            ["Dinov2:Deadline"] = "00:00:06",
            ["Dinov2:MaxRetries"] = "5",
            ["Dinov2:RetryBaseDelay"] = "00:00:00.4",
            ["Dinov2:RetryMaxDelay"] = "00:00:03",
        }).Build();
        await using var provider = new ServiceCollection().AddDinov2Client(configuration.GetSection("Dinov2")).BuildServiceProvider();

        var options = provider.GetRequiredService<IOptions<Dinov2ClientOptions>>().Value;
        CheckFeatures(Image(0), await provider.GetRequiredService<Dinov2Client>().EmbedAsync(Image(0), cancellationToken: Cancellation));

        Assert.Equal((9, 8, 7000, 5), (options.Concurrency, options.ImagesPerRequest, options.MaxImageBytes, options.MaxRetries));
        Assert.Equal(
            (TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(3)),
            (options.Deadline, options.RetryBaseDelay, options.RetryMaxDelay));
        var request = Gateway.Requests.Single();
        Assert.Equal(("score", "giant", "Bearer secret"), (request.Protocol, request.Model, request.Authorization));
    }

    [Fact]
    public async Task One_client_is_everybodys_and_ends_with_the_container()
    {
        var provider = new ServiceCollection().AddDinov2Client(options => options.Address = Gateway.GrpcAddress).BuildServiceProvider();
        var client = provider.GetRequiredService<Dinov2Client>();

        Assert.Same(client, provider.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>());
        CheckFeatures(Image(0), await client.EmbedAsync(Image(0), cancellationToken: Cancellation));

        await provider.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.EmbedAsync(Image(0), cancellationToken: Cancellation));
    }

    [Fact]
    public void Faults_are_told_at_the_start_all_at_once()
    {
        using var provider = new ServiceCollection().AddDinov2Client(options => options.Concurrency = 0).BuildServiceProvider();

        var error = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IStartupValidator>().Validate);

        Assert.Equal(2, error.Failures.Count());
    }
}
