using System.Net;
using System.Net.Sockets;
using System.Text;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Fetch;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Score;

public sealed class ScoreErrorTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync(fetcher: new RefusingFetcher());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("", "POST body is empty. Expecting a JSON dictionary.")]
    [InlineData("[]", "POST body should be a JSON dictionary.")]
    [InlineData("null", "POST body should be a JSON dictionary.")]
    [InlineData("\"input_data\"", "POST body should be a JSON dictionary.")]
    [InlineData("{}", "A value is not provided for the 'input_data' parameter.")]
    [InlineData("""{"data":[]}""", "A value is not provided for the 'input_data' parameter.")]
    [InlineData("""{"input_data":null}""", "A value is not provided for the 'input_data' parameter.")]
    [InlineData(" ", "POST body could not be decoded as JSON: line 1 column 2")]
    [InlineData("{", "POST body could not be decoded as JSON: line 1 column 2")]
    [InlineData("{\"a\":1,\n \"b\":x}", "POST body could not be decoded as JSON: line 2 column 6")]
    [InlineData("""{"input_data":[]} x""", "POST body could not be decoded as JSON: line 1 column 19")]
    [InlineData("""{"input_data":[],}""", "POST body could not be decoded as JSON: line 1 column 18")]
    [InlineData("""{"input_data":[{"image":"x}]}""", "POST body could not be decoded as JSON: line 1 column 30")]
    [InlineData("""{"input_data":[{"image":NaN}]}""", "POST body could not be decoded as JSON: line 1 column 25")]
    [InlineData("""{"input_data":"x"}""", "The 'input_data' parameter should be a dictionary with 'columns' and 'data', or a list of records.")]
    [InlineData("""{"input_data":7}""", "The 'input_data' parameter should be a dictionary with 'columns' and 'data', or a list of records.")]
    [InlineData("""{"input_data":[],"params":[]}""", "The 'params' parameter should be a dictionary.")]
    [InlineData("""{"input_data":{"data":[["x"]]}}""", "'input_data' should have a list named 'columns'.")]
    [InlineData("""{"input_data":{"columns":{"image":1},"data":[["x"]]}}""", "'input_data' should have a list named 'columns'.")]
    [InlineData("""{"input_data":{"columns":["image"]}}""", "'input_data' should have a list named 'data'.")]
    [InlineData("""{"input_data":{"columns":["image"],"data":null}}""", "'input_data' should have a list named 'data'.")]
    [InlineData("""{"input_data":{"columns":["image"],"data":[["x"]],"index":3}}""", "'input_data' should have a list named 'index'.")]
    [InlineData("""{"input_data":{"columns":["picture"],"data":[["x"]]}}""", "'columns' in 'input_data' should name 'image'.")]
    [InlineData("""{"input_data":{"columns":[["image"]],"data":[["x"]]}}""", "'columns' in 'input_data' should name 'image'.")]
    [InlineData("""{"input_data":{"columns":["image","image"],"data":[["x","y"]]}}""", "'columns' in 'input_data' should name 'image' once.")]
    [InlineData("""{"input_data":{"columns":["image"],"index":[0,1],"data":[["x"]]}}""", "'index' in 'input_data' should have as many items as 'data'.")]
    [InlineData("""{"input_data":{"columns":["image"],"data":["x"]}}""", "Row 0: should be a list.")]
    [InlineData("""{"input_data":{"columns":["image"],"data":[["x"],["x","y"]]}}""", "Row 1: should have as many items as 'columns' (1).")]
    [InlineData("""{"input_data":{"columns":["a","image"],"data":[["x","y"],["x"]]}}""", "Row 1: should have as many items as 'columns' (2).")]
    [InlineData("""{"input_data":{"columns":["image"],"data":[["x"],[null]]}}""", "Row 1: 'image' should be a string.")]
    [InlineData("""{"input_data":{"columns":["image"],"data":[[[]]]}}""", "Row 0: 'image' should be a string.")]
    [InlineData("""{"input_data":[{"image":"x"},{"picture":"x"}]}""", "Row 1: has no 'image'.")]
    [InlineData("""{"input_data":[{"image":5}]}""", "Row 0: 'image' should be a string.")]
    [InlineData("""{"input_data":["x"]}""", "Row 0: should be a dictionary with an 'image'.")]
    public async Task A_body_that_is_no_request_is_refused_with_its_message(string body, string message)
    {
        using var response = await _host.ScoreAsync(body);

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.BadRequest, message);
        Assert.Equal("False", response.Headers.GetValues("x-ms-run-function-failed").Single());
        Assert.Empty(_host.Router.Calls);
        await _host.CheckServesAsync();
    }

    [Fact]
    public async Task Deep_nesting_is_refused_and_not_followed()
    {
        using var response = await _host.ScoreAsync(new string('[', 100_000));

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.BadRequest, "POST body could not be decoded as JSON: line 1 column 65");
        await _host.CheckServesAsync();
    }

    public static TheoryData<string, ImageErrorKind> BadImages => new()
    {
        { "", ImageErrorKind.Empty },
        { "a", ImageErrorKind.InvalidBase64 },
        { "QUJDR===", ImageErrorKind.InvalidBase64 },
        { @"\ud800", ImageErrorKind.InvalidBase64 },
        { "data:image/png", ImageErrorKind.InvalidDataUri },
        { "http://", ImageErrorKind.InvalidUrl },
        { @"https:\/\/images.example\/cat.jpg", ImageErrorKind.FetchFailed },
        { "aGVsbG8gd29ybGQ=", ImageErrorKind.UnsupportedFormat },
        { Convert.ToBase64String(TestImage.Bmp(1)[..400]), ImageErrorKind.Corrupt },
        { Convert.ToBase64String(Bomb()), ImageErrorKind.TooManyPixels },
    };

    [Theory]
    [MemberData(nameof(BadImages))]
    public async Task A_bad_image_is_named_by_row_and_reason(string image, ImageErrorKind kind)
    {
        using var response = await _host.ScoreAsync(
            $$"""{"input_data":[{"image":"{{TestImage.Base64(3)}}"},{"image":"{{image}}"}]}""");

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.BadRequest, $"Row 1: {new ImageException(kind).Message}");
        Assert.Equal("True", response.Headers.GetValues("x-ms-run-function-failed").Single());
        await _host.CheckServesAsync();
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/jsonp")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public async Task Another_content_type_is_refused(string? contentType)
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        if (contentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        using var response = await _host.Client.PostAsync("/score", content, Cancellation);

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.UnsupportedMediaType, "Expects Content-Type to be application/json");
    }

    [Theory]
    [InlineData(EmbeddingErrorKind.NoDevice, 503, "True", "No device serves the model now.")]
    [InlineData(EmbeddingErrorKind.Overloaded, 429, "False", "The service is overloaded. Try again after the seconds in 'Retry-After'.")]
    [InlineData(EmbeddingErrorKind.DeadlineExceeded, 504, "True", "The deadline passed before the answer was ready.")]
    [InlineData(EmbeddingErrorKind.Internal, 500, "True", "An unexpected error occurred in scoring script. Check the logs for more info.")]
    public async Task What_the_devices_say_becomes_a_status(object kind, int status, string runFailed, string message)
    {
        _host.ExpectsErrors = kind is EmbeddingErrorKind.Internal;
        _host.Router.OnEmbed = (_, _, _) => throw new EmbeddingException((EmbeddingErrorKind)kind, "10.1.2.3 secret");

        using var response = await _host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)));

        await GatewayHost.CheckErrorAsync(response, (HttpStatusCode)status, message);
        Assert.Equal(runFailed, response.Headers.GetValues("x-ms-run-function-failed").Single());
        Assert.Equal(status == 429, response.Headers.RetryAfter is not null);
    }

    [Fact]
    public async Task A_fault_of_the_router_is_logged_and_not_told()
    {
        _host.ExpectsErrors = true;
        _host.Router.OnEmbed = (_, _, _) => Task.FromException<GroupResult>(new InvalidOperationException("10.1.2.3 secret"));

        using var response = await _host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)));

        await GatewayHost.CheckErrorAsync(
            response, HttpStatusCode.InternalServerError, "An unexpected error occurred in scoring script. Check the logs for more info.");
        Assert.Contains(
            _host.Logs.GetSnapshot(), log => log.Level == LogLevel.Error && log.Exception?.InnerException?.Message == "10.1.2.3 secret");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public async Task A_feature_that_json_cannot_hold_is_our_fault(float value)
    {
        _host.ExpectsErrors = true;
        _host.Router.OnEmbed = (model, _, _) =>
        {
            var features = new float[model.EmbeddingSize];
            features[^1] = value;
            return Task.FromResult(new GroupResult(features, 0, 0));
        };

        using var response = await _host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    [Fact]
    public async Task Too_few_features_are_our_fault()
    {
        _host.ExpectsErrors = true;
        _host.Router.OnEmbed = (model, _, _) => Task.FromResult(new GroupResult(new float[model.EmbeddingSize - 1], 0, 0));

        using var response = await _host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    [Fact]
    public async Task More_images_than_a_request_may_hold_are_refused()
    {
        await using var host = await GatewayHost.StartAsync(new() { ["Gateway:MaxImagesPerRequest"] = "3" });

        using var three = await host.ScoreAsync(ScoreJson.Split([.. Enumerable.Range(0, 3).Select(i => TestImage.Base64(i))]));
        using var split = await host.ScoreAsync(ScoreJson.Split([.. Enumerable.Range(0, 4).Select(i => TestImage.Base64(i))]));
        using var records = await host.ScoreAsync(ScoreJson.Records([.. Enumerable.Range(0, 4).Select(i => TestImage.Base64(i))]));

        Assert.Equal(HttpStatusCode.OK, three.StatusCode);
        await GatewayHost.CheckErrorAsync(split, HttpStatusCode.BadRequest, "The request holds more than 3 images; at most 3 are allowed (Gateway:MaxImagesPerRequest).");
        await GatewayHost.CheckErrorAsync(records, HttpStatusCode.BadRequest, "The request holds more than 3 images; at most 3 are allowed (Gateway:MaxImagesPerRequest).");
    }

    [Fact]
    public async Task A_broken_chunk_gives_400_and_the_server_keeps_serving()
    {
        var reply = await RawAsync("POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", reply, StringComparison.Ordinal);
        Assert.Contains("""{"message":"The request is malformed."}""", reply, StringComparison.Ordinal);
        await _host.CheckServesAsync();
    }

    // The reply to bytes that no client library would send.
    private async Task<string> RawAsync(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(_host.Address.Host, _host.Address.Port, Cancellation);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Cancellation);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(Cancellation);
    }

    // A BMP header that promises 60,000 x 60,000 pixels.
    private static byte[] Bomb()
    {
        var file = TestImage.Bmp(1);
        BitConverter.TryWriteBytes(file.AsSpan(18), 60_000);
        BitConverter.TryWriteBytes(file.AsSpan(22), 60_000);
        return file;
    }

    private sealed class RefusingFetcher : IImageFetcher
    {
        public ValueTask<PooledBuffer> FetchAsync(string url, CancellationToken cancellationToken) =>
            throw new ImageException(ImageErrorKind.FetchFailed, new SocketException(10061, "10.1.2.3 secret"));
    }
}
