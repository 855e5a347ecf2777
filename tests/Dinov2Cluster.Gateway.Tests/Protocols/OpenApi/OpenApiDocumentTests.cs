using System.Net;
using System.Text.Json;
using Dinov2Cluster.Gateway.Protocols.OpenApi;
using Dinov2Cluster.Gateway.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Dinov2Cluster.Gateway.Tests.Protocols.OpenApi;

public sealed class OpenApiDocumentTests : IAsyncLifetime
{
    // What the whole gateway maps beside the protocols.
    private static readonly string[] _others = ["/cluster", "/metrics"];

    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("/openapi.json", "openapi", "3.0.")]
    [InlineData("/swagger.json", "swagger", "2.0")]
    [InlineData("/swagger.json?version=2", "swagger", "2.0")]
    [InlineData("/swagger.json?version=3", "openapi", "3.0.")]
    public async Task A_document_has_the_version_that_was_asked_for(string route, string key, string version)
    {
        var text = await _host.Client.GetStringAsync(route, Cancellation);

        using var document = JsonDocument.Parse(text);
        Assert.StartsWith(version, document.RootElement.GetProperty(key).GetString(), StringComparison.Ordinal);
        var paths = document.RootElement.GetProperty("paths");
        Assert.True(paths.GetProperty("/score").TryGetProperty("post", out _));
        Assert.True(paths.GetProperty("/").TryGetProperty("get", out _));
        foreach (var reference in References(document.RootElement))
        {
            Assert.True(Resolves(document.RootElement, reference), reference);
        }

        var read = OpenApiDocument.Parse(text, "json");
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.NotEmpty(read.Document!.Components!.SecuritySchemes!);
    }

    [Fact]
    public void The_parts_are_one_document_without_faults()
    {
        var read = OpenApiDocument.Parse(OpenApiDocuments.Compose().ToJsonString(), "json");

        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        var operations = read.Document!.Paths.Values.SelectMany(path => path.Operations!.Values).Select(operation => operation.OperationId).ToArray();
        Assert.Equal(operations.Length, operations.Distinct().Count());
    }

    [Fact]
    public void Every_route_is_described_and_every_description_has_its_route()
    {
        var mapped = _host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is { } methods && !methods.AcceptCorsPreflight)
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
                .Where(method => method is "GET" or "POST")
                // Azure's routes have another root beside their own.
                .Select(method => $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}".Replace(" /models/", " /", StringComparison.Ordinal)))
            .Distinct().Order(StringComparer.Ordinal);
        var described = OpenApiDocuments.Compose()["paths"]!.AsObject()
            .Where(path => !_others.Contains(path.Key))
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"))
            .Order(StringComparer.Ordinal);

        Assert.Equal(described, mapped);
    }

    [Fact]
    public async Task An_unknown_swagger_version_is_not_found()
    {
        using var response = await _host.Client.GetAsync("/swagger.json?version=9", Cancellation);

        await GatewayHost.CheckErrorAsync(
            response, HttpStatusCode.NotFound, "Swagger version [9] is not valid. Supported versions: [2, 3].");
    }

    [Fact]
    public async Task The_page_and_all_that_it_loads_come_from_the_gateway()
    {
        var page = await _host.Client.GetStringAsync("/docs/index.html", Cancellation);

        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        using var script = await _host.Client.GetAsync("/docs/swagger-ui-bundle.js", Cancellation);
        Assert.Equal(HttpStatusCode.OK, script.StatusCode);
        Assert.Contains("/openapi.json", await _host.Client.GetStringAsync("/docs/index.js", Cancellation), StringComparison.Ordinal);
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject()
            .SelectMany(property => property.Name == "$ref" ? [property.Value.GetString()!] : References(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };

    private static bool Resolves(JsonElement root, string reference)
    {
        foreach (var name in reference.Split('/')[1..])
        {
            if (!root.TryGetProperty(name, out root))
            {
                return false;
            }
        }

        return true;
    }
}
