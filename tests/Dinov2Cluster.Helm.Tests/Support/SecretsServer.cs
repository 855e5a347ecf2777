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
    private static readonly Dictionary<string, (string Kind, string Plural)[]> _kinds = new(StringComparer.Ordinal)
    {
        ["v1"] = [("ConfigMap", "configmaps"), ("Pod", "pods"), ("Secret", "secrets"), ("Service", "services"), ("ServiceAccount", "serviceaccounts")],
        ["apps/v1"] = [("Deployment", "deployments")],
        ["autoscaling/v2"] = [("HorizontalPodAutoscaler", "horizontalpodautoscalers")],
        ["networking.k8s.io/v1"] = [("NetworkPolicy", "networkpolicies")],
        ["policy/v1"] = [("PodDisruptionBudget", "poddisruptionbudgets")],
    };

    private readonly WebApplication _app;

    private SecretsServer(WebApplication app) => _app = app;

    /// <summary>A kubeconfig that leads to it.</summary>
    public string KubeConfig =>
        $$$"""
        apiVersion: v1
        kind: Config
        current-context: test
        clusters: [{name: test, cluster: {server: "{{{_app.Urls.Single()}}}"}}]
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
        MapDiscovery(app);
        app.MapGet($"/api/v1/namespaces/{Chart.Namespace}/secrets/{{name}}", (string name) => secrets.TryGetValue(name, out var data)
            ? Json(new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Secret",
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = Chart.Namespace,
                    // As helm marks what is its own.
                    ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = "Helm" },
                    ["annotations"] = new JsonObject { ["meta.helm.sh/release-name"] = Chart.Release, ["meta.helm.sh/release-namespace"] = Chart.Namespace },
                },
                ["data"] = new JsonObject(data.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value))))),
            }.ToJsonString())
            : NotFound());
        app.MapFallback(NotFound);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // Helm asks what kinds there are before it renders for a cluster.
    private static void MapDiscovery(WebApplication app)
    {
        app.MapGet("/api", () => Json("""{"kind":"APIVersions","versions":["v1"]}"""));
        app.MapGet("/api/v1", () => Resources("v1"));
        app.MapGet("/apis", () => Json(new JsonObject
        {
            ["kind"] = "APIGroupList",
            ["apiVersion"] = "v1",
            ["groups"] = new JsonArray([.. _kinds.Keys.Where(version => version.Contains('/', StringComparison.Ordinal)).Select(version => new JsonObject
            {
                ["name"] = version.Split('/')[0],
                ["versions"] = new JsonArray(Version(version)),
                ["preferredVersion"] = Version(version),
            })]),
        }.ToJsonString()));
        app.MapGet("/apis/{group}/{version}", (string group, string version) => Resources($"{group}/{version}"));
    }

    private static JsonObject Version(string version) => new() { ["groupVersion"] = version, ["version"] = version.Split('/')[1] };

    private static IResult Resources(string version) => _kinds.TryGetValue(version, out var kinds)
        ? Json(new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["groupVersion"] = version,
            ["resources"] = new JsonArray([.. kinds.Select(kind => new JsonObject
            {
                ["name"] = kind.Plural,
                ["singularName"] = kind.Kind.ToLowerInvariant(),
                ["namespaced"] = true,
                ["kind"] = kind.Kind,
                ["verbs"] = new JsonArray("get"),
            })]),
        }.ToJsonString())
        : NotFound();

    private static IResult NotFound() => Json("""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}""", StatusCodes.Status404NotFound);

    private static IResult Json(string text, int status = StatusCodes.Status200OK) => Results.Text(text, "application/json", statusCode: status);
}
