using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Dinov2Cluster.Cli.Tests.Hub;

/// <summary>A Hugging Face hub on loopback with one model, which can misbehave.</summary>
internal sealed class FakeHub : IAsyncDisposable
{
    public const string Id = "facebook/dinov2-nano";
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<FakeHubRequest> _requests = new();

    private FakeHub()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public string Endpoint => _app.Urls.Single();

    /// <summary>The model's files.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>All requests, in order.</summary>
    public IReadOnlyList<FakeHubRequest> Requests => [.. _requests];

    /// <summary>Answers a request in its own way and returns true, or returns false. Gets the file's name, empty for the listing.</summary>
    public Func<HttpContext, string, Task<bool>> Intercept { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>Changes the listing before it is sent.</summary>
    public Action<JsonObject> ChangeListing { get; set; } = _ => { };

    /// <summary>Entity tag of every file; null for none.</summary>
    public string? EntityTag { get; set; } = "\"one\"";

    public static async Task<FakeHub> StartAsync()
    {
        var hub = new FakeHub();
        await hub._app.StartAsync(TestContext.Current.CancellationToken);
        return hub;
    }

    /// <summary>Requests for one file.</summary>
    public FakeHubRequest[] RequestsFor(string file) => [.. Requests.Where(request => request.Path.EndsWith("/" + file, StringComparison.Ordinal))];

    /// <summary>Sends a file like a server that supports ranges.</summary>
    public async Task SendAsync(HttpContext context, string file)
    {
        var tag = EntityTag is null ? null : new EntityTagHeaderValue(EntityTag);
        await Results.Bytes(Files[file], "application/octet-stream", enableRangeProcessing: true, entityTag: tag).ExecuteAsync(context);
    }

    /// <summary>Sends the beginning of a file and ends the connection, like a server that fails during its answer.</summary>
    public async Task BreakAsync(HttpContext context, string file, int after)
    {
        context.Response.ContentLength = Files[file].Length;
        context.Response.Headers.ETag = EntityTag;
        await context.Response.Body.WriteAsync(Files[file].AsMemory(0, after), context.RequestAborted);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value!;
        _requests.Enqueue(new FakeHubRequest(path, request.Headers.Range.ToString(), request.Headers.IfRange.ToString(), request.Headers.Authorization.ToString()));
        var file = path.StartsWith("/api/", StringComparison.Ordinal) ? "" : path[(path.LastIndexOf('/') + 1)..];
        if (await Intercept(context, file))
        {
            return;
        }

        if (path == $"/api/models/{Id}/revision/main" && request.QueryString.Value == "?blobs=true")
        {
            var listing = Listing();
            ChangeListing(listing);
            await context.Response.WriteAsync(listing.ToJsonString(), context.RequestAborted);
        }
        else if (path == $"/{Id}/resolve/{Commit}/{file}" && Files.ContainsKey(file))
        {
            await SendAsync(context, file);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    /// <summary>Like the hub's listing: safetensors in LFS, others in git.</summary>
    private JsonObject Listing() => new()
    {
        ["id"] = Id,
        ["sha"] = Commit,
        ["siblings"] = new JsonArray([.. Files.Select(file => (JsonNode)Sibling(file.Key, file.Value))]),
    };

    private static JsonObject Sibling(string name, byte[] content)
    {
        var sibling = new JsonObject { ["rfilename"] = name, ["size"] = content.Length, ["blobId"] = GitBlob(content) };
        if (name.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            sibling["lfs"] = new JsonObject { ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(content)), ["size"] = content.Length, ["pointerSize"] = 134 };
        }

        return sibling;
    }

#pragma warning disable CA5350 // Git names contents by SHA-1.
    private static string GitBlob(byte[] content) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350
}

/// <summary>A request to a <see cref="FakeHub"/>; missing headers are empty.</summary>
internal sealed record FakeHubRequest(string Path, string Range, string IfRange, string Authorization);
