using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>As much of a Kubernetes API server as a chart needs to look up Secrets.</summary>
internal sealed class SecretsServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SecretsServer(WebApplication app) => _app = app;

    /// <summary>A kubeconfig that leads to it.</summary>
    public string KubeConfig =>
        $$"""
        apiVersion: v1
        kind: Config
        current-context: test
        clusters: [{name: test, cluster: {server: "{{_app.Urls.Single()}}"}}]
        contexts: [{name: test, context: {cluster: test, user: test}}]
        users: [{name: test, user: {}}]
        """;

    /// <param name="secrets">Entries of Secrets by the Secrets' names, all of them in one namespace.</param>
    public static async Task<SecretsServer> StartAsync(IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> secrets)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapGet("/version", () => Json("""{"major":"1","minor":"35","gitVersion":"v1.35.0"}"""));
        app.MapGet("/api", () => Json("""{"kind":"APIVersions","versions":["v1"]}"""));
        app.MapGet("/apis", () => Json("""{"kind":"APIGroupList","apiVersion":"v1","groups":[]}"""));
        app.MapGet("/api/v1", () => Json(
            """{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"secrets","singularName":"secret","namespaced":true,"kind":"Secret","verbs":["get","list"]}]}"""));
        app.MapGet($"/api/v1/namespaces/{Chart.Namespace}/secrets/{{name}}", (string name) => secrets.TryGetValue(name, out var data)
            ? Json(new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Secret",
                ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Chart.Namespace },
                ["data"] = new JsonObject(data.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value))))),
            }.ToJsonString())
            : Json("""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}""", StatusCodes.Status404NotFound));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static IResult Json(string text, int status = StatusCodes.Status200OK) => Results.Text(text, "application/json", statusCode: status);
}
