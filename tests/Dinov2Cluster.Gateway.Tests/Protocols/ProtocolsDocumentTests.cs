using System.Globalization;
using System.Reflection;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.AzureInference;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.MLflow;
using Dinov2Cluster.Gateway.Protocols.OpenAi;
using Dinov2Cluster.Gateway.Protocols.Score;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport.Markdown;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dinov2Cluster.Gateway.Tests.Protocols;

/// <summary>docs/protocols.md has the routes, the errors and the headers that the gateway has.</summary>
public sealed class ProtocolsDocumentTests : IAsyncLifetime
{
    private const string Open = "open";

    // Beside the protocols; each with whether everybody may call it.
    private static readonly string[] _others = ["GET /metrics open", "GET /cluster"];

    private static readonly MarkdownFile _document = new("docs/protocols.md");

    private GatewayHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public void Its_routes_are_those_that_are_mapped_and_open_where_it_says_so()
    {
        var mapped = Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is { AcceptCorsPreflight: false })
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Where(method => method != "HEAD")
                .Select(method => Route($"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}", endpoint)));

        var told = _document.Rows("Routes").Where(row => row.Length == 3).Select(row => row[2].StartsWith($"*{Open}*", StringComparison.Ordinal) ? $"{row[0]} {Open}" : row[0]);

        Assert.Equal(mapped.Concat(_others).Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Its_procedures_are_those_that_are_mapped_and_open_where_it_says_so()
    {
        var mapped = Endpoints().Select(endpoint => (Endpoint: endpoint, Method: endpoint.Metadata.GetMetadata<global::Grpc.AspNetCore.Server.GrpcMethodMetadata>()?.Method))
            .Where(endpoint => endpoint.Method is not null && !endpoint.Method.ServiceName.StartsWith("grpc.reflection.", StringComparison.Ordinal))
            .Select(endpoint => Route(endpoint.Method!.FullName.TrimStart('/'), endpoint.Endpoint));

        var told = _document.Rows("Routes").Where(row => row.Length == 2).Select(row => row[1].StartsWith($"*{Open}*", StringComparison.Ordinal) ? $"{row[0]} {Open}" : row[0]);

        Assert.Equal(mapped.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Its_table_of_errors_is_that_of_every_protocol()
    {
        var real = Enum.GetValues<EmbeddingErrorKind>().Select(kind => string.Join(
            " | ",
            EmbeddingErrors.For(kind).Reason,
            EmbeddingErrors.For(kind).Fault.ToString().ToLowerInvariant(),
            Text(EmbeddingErrors.For(kind).Status),
            Text(EmbeddingErrors.For(kind).Status, OpenAiErrors.For(kind).Code),
            Text(AzureInferenceErrors.Status(kind), AzureInferenceErrors.For(kind)),
            Text(EmbeddingErrors.For(kind).Status, MLflowErrors.For(kind)),
            Text(EmbeddingErrors.For(kind).Status),
            GrpcName(EmbeddingErrors.For(kind).GrpcStatus.ToString())));

        Assert.Equal(real, _document.Rows("Errors").Select(row => string.Join(" | ", row)));
    }

    [Fact]
    public void Every_header_of_the_protocols_is_in_it()
    {
        var text = string.Join('\n', _document.Rows("Headers").Select(row => row[0]));
        var headers = typeof(EmbeddingHeaders).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Concat(typeof(ScoreHeaders).GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);

        Assert.All(headers, header => Assert.Contains(header, text, StringComparison.Ordinal));
    }

    private static string Route(string route, RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null ? route : $"{route} {Open}";

    private static string Text(int status, string? code = null) => code is null ? status.ToString(CultureInfo.InvariantCulture) : $"{status.ToString(CultureInfo.InvariantCulture)} {code}";

    // As gRPC's documentation spells its codes.
    private static string GrpcName(string status) =>
        string.Concat(status.Select((letter, i) => i > 0 && char.IsUpper(letter) ? "_" + letter : char.ToUpperInvariant(letter).ToString()));

    private IEnumerable<RouteEndpoint> Endpoints() => _host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();
}
