using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dinov2Cluster.Client.Tests;

/// <summary>The C# of the package's README, line by line, so that it compiles. <see cref="ReadmeTests"/> compares and runs it.</summary>
internal static class ReadmeExamples
{
    public static async Task OneImageAsync()
    {
        await using var client = new Dinov2Client(new Uri("http://localhost:8081"));

        var embedding = await client.EmbedFileAsync("cat.jpg");
        Console.WriteLine($"{embedding.Model}: {embedding.Dimensions} features");
        ReadOnlyMemory<float> features = embedding.Features;
    }

    public static async Task OptionsAsync(Dinov2Client client)
    {
        var options = new EmbedOptions { Model = "dinov2-giant", Normalize = true, Output = EmbedOutput.ClsMean };
        var embedding = await client.EmbedAsync(new Uri("https://images.example/cat.jpg"), options);
    }

    public static async Task ManyAsync(Dinov2Client client)
    {
        var images = Directory.EnumerateFiles("photos", "*.jpg").Select(ImageSource.FromFile);
        await foreach (var result in client.EmbedManyAsync(images))
        {
            Console.WriteLine(result.IsSuccess
                ? $"{result.Source.Name}: {result.Embedding.Features.Span[0]}"
                : $"{result.Source.Name}: {result.Error.Message}");
        }
    }

    public static async Task HttpAsync()
    {
        await using var client = new Dinov2Client(new Dinov2ClientOptions
        {
            Address = new Uri("https://my-endpoint.westeurope.inference.ml.azure.com/score"),
            Protocol = Dinov2Protocol.Http,
            ApiKey = Environment.GetEnvironmentVariable("DINOV2_API_KEY"),
        });
    }

    public static void DependencyInjection(IServiceCollection services, IConfiguration configuration)
    {
        services.AddDinov2Client(configuration.GetSection("Dinov2"));   // "Dinov2": { "Address": "http://gateway:8081", "ApiKey": "..." }
    }

    public static async Task GeneratorAsync(IServiceProvider services, byte[] jpeg)
    {
        IEmbeddingGenerator<DataContent, Embedding<float>> generator = services.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>();
        var embeddings = await generator.GenerateAsync([new DataContent(jpeg, "image/jpeg")]);
    }

    public static async Task ErrorsAsync(Dinov2Client client, byte[] jpeg)
    {
        try
        {
            await client.EmbedAsync(jpeg, new EmbedOptions { Deadline = TimeSpan.FromSeconds(5) });
        }
        catch (Dinov2Exception exception) when (exception.Kind == Dinov2ErrorKind.InvalidImage)
        {
            Console.WriteLine($"Not an image: {exception.Message}");
        }
    }
}
