using System.Globalization;
using Dinov2Cluster.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

// Embeds one image over gRPC, over gRPC in bulk, and over HTTP with settings from configuration, and prints the features of each on a line.
var (grpc, http, path) = (new Uri(args[0]), args[1], args[2]);

await using (var client = new Dinov2Client(grpc))
{
    Print(await client.EmbedFileAsync(path));
    await foreach (var result in client.EmbedManyAsync([ImageSource.FromFile(path)]))
    {
        Print(result.GetEmbedding());
    }
}

var configuration = new ConfigurationBuilder()
    .AddInMemoryCollection(new Dictionary<string, string?> { ["Address"] = http, ["Protocol"] = "Http" })
    .Build();
await using var services = new ServiceCollection().AddDinov2Client(configuration).BuildServiceProvider();
Print(await services.GetRequiredService<Dinov2Client>().EmbedFileAsync(path));

static void Print(ImageEmbedding embedding) => Console.WriteLine(
    $"{embedding.Model} {string.Join(' ', embedding.Features.ToArray().Select(feature => feature.ToString("R", CultureInfo.InvariantCulture)))}");
