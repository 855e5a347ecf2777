using System.Text.Json;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Protocols.Tables;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>Azure ML's scoring protocol: <c>POST /score</c>.</summary>
internal sealed class ScoreProtocol(EmbeddingPipeline pipeline, IEmbeddingRouter router, IOptions<GatewayOptions> options, TimeProvider time) : IHttpProtocol
{
    // When the request began: failed runs report their time too.
    private static readonly object _startKey = new();

    public string Name => "score";

    /// <remarks>Its form of errors is the default: that of every route without another one.</remarks>
    public bool Covers(HttpRequest request) => true;

    public void Begin(HttpContext context)
    {
        context.Items[_startKey] = time.GetTimestamp();
        ScoreHeaders.WriteRunFailed(context.Response.Headers, failed: false);
        JsonContentType.ThrowIfOther(context.Request);
        // An unknown name fails before the body is read.
        _ = pipeline.FindModel(Model(context.Request));
    }

    public ProtocolRequest Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var (images, wanted) = ScoreRequestParser.Parse(body, options.Value.MaxImagesPerRequest);
        return new(Model(request), images, wanted);
    }

    public async ValueTask WriteAsync(HttpContext context, ProtocolRequest request, EmbeddingResult result)
    {
        var (headers, output) = (context.Response.Headers, context.Response.BodyWriter);
        context.Response.ContentType = "application/json";
        headers[EmbeddingHeaders.Deployment] = result.Model.Name;
        ScoreHeaders.WriteRunTime(headers, result.Timings.Total);
        await FeatureJson.WriteRecordsAsync(output, result, router.Models, context.RequestAborted);
        await output.FlushAsync(context.RequestAborted);
    }

    public Task WriteErrorAsync(HttpContext context, EmbeddingException error)
    {
        var headers = context.Response.Headers;
        var runFailed = HasRunFailed(error.Kind);
        ScoreHeaders.WriteRunFailed(headers, runFailed);
        if (runFailed && context.Items[_startKey] is long start)
        {
            ScoreHeaders.WriteRunTime(headers, time.GetElapsedTime(start).TotalSeconds);
        }

        return JsonMessage.WriteAsync(context, error.Info.Status, Describe(error, router.Models));
    }

    public Task WriteErrorAsync(HttpContext context, int status) => JsonMessage.WriteAsync(context, status);

    // Whether the request had reached the model's work.
    private static bool HasRunFailed(EmbeddingErrorKind kind) =>
        kind is EmbeddingErrorKind.BadImage or EmbeddingErrorKind.NoDevice or EmbeddingErrorKind.DeadlineExceeded or EmbeddingErrorKind.Internal;

    private static string Describe(EmbeddingException error, IReadOnlyList<string> models) => error switch
    {
        // Azure ML's own words for a failed run.
        { Kind: EmbeddingErrorKind.Internal } => "An unexpected error occurred in scoring script. Check the logs for more info.",
        { Kind: EmbeddingErrorKind.UnknownModel } => $"The model that '{EmbeddingHeaders.Deployment}' names is not served. Models: [{string.Join(", ", models)}].",
        _ => EmbeddingErrors.Message(error, models),
    };

    private static string? Model(HttpRequest request) => request.Headers[EmbeddingHeaders.Deployment];
}

/// <summary>Headers of the scoring protocol.</summary>
internal static class ScoreHeaders
{
    public const string RunFailed = "x-ms-run-function-failed";
    public const string RunMilliseconds = "x-ms-run-fn-exec-ms";

    /// <summary>Python's spelling, as Azure ML sends it.</summary>
    public static void WriteRunFailed(IHeaderDictionary headers, bool failed) => headers[RunFailed] = failed ? "True" : "False";

    /// <summary>Duration of the run.</summary>
    public static void WriteRunTime(IHeaderDictionary headers, double seconds) => headers[RunMilliseconds] = EmbeddingHeaders.Milliseconds(seconds);
}

/// <summary>Routes of the Azure ML scoring protocol.</summary>
internal static class ScoreEndpoints
{
    private static readonly string[] _read = [HttpMethods.Get, HttpMethods.Head];
    private static readonly string[] _options = [HttpMethods.Options];

    /// <summary><c>POST /score</c>, <c>OPTIONS /score</c> and <c>GET /</c>. Routing answers other methods with 405.</summary>
    public static IEndpointRouteBuilder MapScore(this IEndpointRouteBuilder routes)
    {
        routes.MapProtocol<ScoreProtocol>("/score");
        routes.MapMethods("/score", _options, context =>
        {
            ScoreHeaders.WriteRunFailed(context.Response.Headers, failed: false);
            context.Response.Headers.Allow = "POST, OPTIONS";
            return Task.CompletedTask;
        }).AllowAnonymous();
        routes.MapMethods("/", _read, () => Results.Text("Healthy")).AllowAnonymous();
        return routes;
    }
}

/// <summary>Finds the images of a scoring request in its UTF-8 body: no strings are created, and the usual order of keys needs one pass.</summary>
/// <remarks>As with Python's <c>json</c>, keys may come in any order and the last of several equal keys counts.</remarks>
internal static class ScoreRequestParser
{
    private const string Input = "input_data";

    /// <summary>Reads the rows and the options of a request.</summary>
    /// <param name="body">The whole body; the result points into it.</param>
    /// <param name="maxImages">Most rows that are accepted.</param>
    /// <exception cref="EmbeddingException">The body is not a scoring request, or holds too many images.</exception>
    public static (IReadOnlyList<ImageInput> Images, EmbeddingOptions Options) Parse(ReadOnlyMemory<byte> body, int maxImages) =>
        JsonBody.Parse(body, json => ReadBody(json, maxImages));

    private static (IReadOnlyList<ImageInput> Images, EmbeddingOptions Options) ReadBody(ReadOnlyMemory<byte> body, int maxImages)
    {
        var reader = new Utf8JsonReader(body.Span);
        JsonBody.Enter(ref reader);
        List<ImageInput>? rows = null;
        var options = default(EmbeddingOptions);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isInput = reader.ValueTextEquals(Input);
            var isParams = reader.ValueTextEquals("params"u8);
            reader.Read();
            if (isInput)
            {
                rows = ReadInput(ref reader, body, maxImages);
            }
            else if (isParams)
            {
                options = EmbeddingOptionsReader.ReadParams(ref reader);
            }

            reader.Skip();
        }

        // Anything but white space after the closing brace throws here.
        reader.Read();
        return (rows ?? throw EmbeddingException.BadRequest("A value is not provided for the 'input_data' parameter."), options);
    }

    private static List<ImageInput>? ReadInput(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, int maxImages) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.StartObject => new SplitTable(new(body, maxImages, Input)).Read(ref reader),
        JsonTokenType.StartArray => new RowList(body, maxImages, Input).ReadRecords(ref reader),
        _ => throw EmbeddingException.BadRequest(
            "The 'input_data' parameter should be a dictionary with 'columns' and 'data', or a list of records."),
    };
}
