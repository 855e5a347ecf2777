using System.Text;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Tests.Protocols.OpenInference;

public sealed class OpenInferenceErrorTests : IAsyncLifetime
{
    private const string WrongInputs = "'inputs' should hold one tensor: 'image' or 'pixel_values'.";
    private const string WrongOutputs = "'outputs' should name 'image_features' once, or nothing.";
    private const string WrongData = "The data of 'image' should be as many strings or files as its shape says.";
    private const string WrongShape = "The shape of 'image' should be [n] or [n,1].";
    private const string WrongEnd =
        "The body should end with as many bytes as 'binary_data_size' says, and Inference-Header-Content-Length should be the length of the JSON before them.";

    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync(
        new() { ["Gateway:MaxImagesPerRequest"] = "3", ["Gateway:MaxBodyBytes"] = "65536" }, map: FailingRoutes.UseGuard);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(nameof(EmbeddingErrorKind.BadRequest), 400)]
    [InlineData(nameof(EmbeddingErrorKind.UnsupportedMediaType), 415)]
    [InlineData(nameof(EmbeddingErrorKind.BodyTooLarge), 413)]
    [InlineData(nameof(EmbeddingErrorKind.TooManyImages), 400)]
    [InlineData(nameof(EmbeddingErrorKind.BadImage), 400)]
    [InlineData(nameof(EmbeddingErrorKind.UnknownModel), 404)]
    [InlineData(nameof(EmbeddingErrorKind.UnsupportedOutput), 400)]
    [InlineData(nameof(EmbeddingErrorKind.Unauthenticated), 401)]
    [InlineData(nameof(EmbeddingErrorKind.Forbidden), 403)]
    [InlineData(nameof(EmbeddingErrorKind.RateLimited), 429)]
    [InlineData(nameof(EmbeddingErrorKind.QuotaExceeded), 429)]
    [InlineData(nameof(EmbeddingErrorKind.Overloaded), 429)]
    [InlineData(nameof(EmbeddingErrorKind.NoDevice), 503)]
    [InlineData(nameof(EmbeddingErrorKind.DeadlineExceeded), 504)]
    [InlineData(nameof(EmbeddingErrorKind.Internal), 500)]
    public async Task Every_kind_of_error_has_its_status_before_and_behind_the_route(string kind, int status)
    {
        _host.ExpectsErrors = kind == "Internal";
        using var guarded = new HttpRequestMessage(HttpMethod.Get, "/v2");
        guarded.Headers.Add(FailingRoutes.GuardHeader, kind);
        FailingRoutes.Fail(_host.Router, kind);

        using var before = await _host.Client.SendAsync(guarded, Cancellation);
        using var behind = await InferBody.PostAsync(_host, InferBody.Json([TestImage.Base64(1)]));

        await InferBody.CheckErrorAsync(before, status);
        await InferBody.CheckErrorAsync(behind, status);
        Assert.Equal(status == 429, before.Headers.RetryAfter is not null);
        Assert.Equal(status == 429, behind.Headers.RetryAfter is not null);
    }

    [Theory]
    [InlineData("", "POST body is empty. Expecting a JSON dictionary.")]
    [InlineData("[]", "POST body should be a JSON dictionary.")]
    [InlineData("{", "POST body could not be decoded as JSON: line 1 column 2")]
    [InlineData("""{"inputs":[{"name":"image","shape":[0],"datatype":"BYTES","data":[]}]} x""", "POST body could not be decoded as JSON: line 1 column 72")]
    [InlineData("{}", WrongInputs)]
    [InlineData("""{"inputs":null}""", WrongInputs)]
    [InlineData("""{"inputs":[]}""", WrongInputs)]
    [InlineData("""{"inputs":["image"]}""", WrongInputs)]
    [InlineData("""{"inputs":[{}]}""", WrongInputs)]
    [InlineData("""{"inputs":[{"name":"picture","shape":[0],"datatype":"BYTES","data":[]}]}""", WrongInputs)]
    [InlineData("""{"inputs":[{"name":1,"shape":[0],"datatype":"BYTES","data":[]}]}""", WrongInputs)]
    [InlineData("""{"inputs":[{"name":"image","shape":[0],"datatype":"BYTES","data":[]},{"name":"pixel_values"}]}""", WrongInputs)]
    [InlineData("""{"inputs":[{"name":"image","shape":[0],"data":[]}]}""", "The datatype of 'image' should be BYTES.")]
    [InlineData("""{"inputs":[{"name":"image","shape":[0],"datatype":"FP32","data":[]}]}""", "The datatype of 'image' should be BYTES.")]
    [InlineData("""{"inputs":[{"name":"pixel_values","shape":[0,3,14,14],"datatype":"FP64","data":[]}]}""", "The datatype of 'pixel_values' should be FP32.")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"BYTES","data":["x"]}]}""", WrongShape)]
    [InlineData("""{"inputs":[{"name":"image","shape":[],"datatype":"BYTES","data":["x"]}]}""", WrongShape)]
    [InlineData("""{"inputs":[{"name":"image","shape":[-1],"datatype":"BYTES","data":["x"]}]}""", WrongShape)]
    [InlineData("""{"inputs":[{"name":"image","shape":[1,2],"datatype":"BYTES","data":["x","y"]}]}""", WrongShape)]
    [InlineData("""{"inputs":[{"name":"image","shape":[1,1,1],"datatype":"BYTES","data":["x"]}]}""", WrongShape)]
    [InlineData("""{"inputs":[{"name":"image","shape":[1,1,1,1,1],"datatype":"BYTES","data":["x"]}]}""", "The 'shape' of an input should be a list of up to 4 whole numbers.")]
    [InlineData("""{"inputs":[{"name":"image","shape":[1.5],"datatype":"BYTES","data":["x"]}]}""", "The 'shape' of an input should be a list of up to 4 whole numbers.")]
    [InlineData("""{"inputs":[{"name":"image","shape":[[1]],"datatype":"BYTES","data":["x"]}]}""", "The 'shape' of an input should be a list of up to 4 whole numbers.")]
    [InlineData("""{"inputs":[{"name":"image","shape":1,"datatype":"BYTES","data":["x"]}]}""", "The 'shape' of an input should be a list of up to 4 whole numbers.")]
    [InlineData("""{"inputs":[{"name":"image","shape":[9223372036854775808],"datatype":"BYTES","data":["x"]}]}""", "The 'shape' of an input should be a list of up to 4 whole numbers.")]
    [InlineData("""{"inputs":[{"name":"image","shape":[9223372036854775807],"datatype":"BYTES","data":["x"]}]}""", "The request holds 9223372036854775807 images; at most 3 are allowed (Gateway:MaxImagesPerRequest).")]
    [InlineData("""{"inputs":[{"name":"image","shape":[4],"datatype":"BYTES","data":["x","x","x","x"]}]}""", "The request holds 4 images; at most 3 are allowed (Gateway:MaxImagesPerRequest).")]
    [InlineData("""{"inputs":[{"name":"pixel_values","shape":[1,3,15,14],"datatype":"FP32","data":[1]}]}""", "The shape of 'pixel_values' should be [n,3,14,14].")]
    [InlineData("""{"inputs":[{"name":"pixel_values","shape":[1,14,14,3],"datatype":"FP32","data":[1]}]}""", "The shape of 'pixel_values' should be [n,3,14,14].")]
    [InlineData("""{"inputs":[{"name":"pixel_values","shape":[1,3,14,14],"datatype":"FP32","data":[1]}]}""", "The data of 'pixel_values' should be as many float32 numbers as its shape says.")]
    [InlineData("""{"inputs":[{"name":"pixel_values","shape":[1,3,14,14],"datatype":"FP32","data":["1"]}]}""", "The data of 'pixel_values' should be as many float32 numbers as its shape says.")]
    [InlineData("""{"inputs":[{"name":"image","shape":[2],"datatype":"BYTES","data":["x"]}]}""", WrongData)]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["x","y"]}]}""", WrongData)]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":[1]}]}""", WrongData)]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":[null]}]}""", WrongData)]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":[{"b64":"x"}]}]}""", WrongData)]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":"x"}]}""", "The 'data' of an input should be a list.")]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES"}]}""", "An input should have either 'data' or the parameter 'binary_data_size'.")]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["x"],"parameters":{"binary_data_size":0}}]}""", "An input should have either 'data' or the parameter 'binary_data_size'.")]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":7}}]}""", WrongEnd)]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":-1}}]}""", "'binary_data_size' should be a whole number of bytes.")]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":"7"}}]}""", "'binary_data_size' should be a whole number of bytes.")]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"shared_memory_region":"r"}}]}""", "The parameter 'shared_memory_region' is not supported.")]
    [InlineData("""{"inputs":[{"parameters":[]}]}""", "'parameters' should be a dictionary.")]
    [InlineData("""{"parameters":[]}""", "'parameters' should be a dictionary.")]
    [InlineData("""{"parameters":{"binary_data_output":1}}""", "'binary_data_output' should be true or false.")]
    [InlineData("""{"parameters":{"normalize":1}}""", "'normalize' should be true or false.")]
    [InlineData("""{"parameters":{"output":"all"}}""", "'output' should be 'cls', 'cls_mean' or 'patch_tokens'.")]
    [InlineData("""{"parameters":{"on_error":"null"},"inputs":[{"name":"image","shape":[0],"datatype":"BYTES","data":[]}]}""", "'on_error' should be 'fail' in this protocol: a tensor has no place for a row that failed.")]
    [InlineData("""{"id":5}""", "'id' should be a string of at most 256 bytes.")]
    [InlineData("""{"outputs":{}}""", WrongOutputs)]
    [InlineData("""{"outputs":["image_features"]}""", WrongOutputs)]
    [InlineData("""{"outputs":[{"name":"logits"}]}""", WrongOutputs)]
    [InlineData("""{"outputs":[{}]}""", WrongOutputs)]
    [InlineData("""{"outputs":[{"name":"image_features"},{"name":"image_features"}]}""", WrongOutputs)]
    [InlineData("""{"outputs":[{"name":"image_features","parameters":{"classification":3}}]}""", "The parameter 'classification' is not supported.")]
    [InlineData("""{"outputs":[{"name":"image_features","parameters":{"binary_data":"yes"}}]}""", "'binary_data' should be true or false.")]
    public async Task A_body_that_is_no_request_is_refused_with_its_message(string body, string message)
    {
        using var response = await InferBody.PostAsync(_host, body);

        await InferBody.CheckErrorAsync(response, 400, message);
        Assert.Empty(_host.Router.Calls);
    }

    [Theory]
    [InlineData("x", "Inference-Header-Content-Length should be a whole number of bytes.")]
    [InlineData("-1", "Inference-Header-Content-Length should be a whole number of bytes.")]
    [InlineData("99999999999", "Inference-Header-Content-Length should be a whole number of bytes.")]
    [InlineData("99999", "Inference-Header-Content-Length should be at most the body's length.")]
    [InlineData("0", "POST body is empty. Expecting a JSON dictionary.")]
    [InlineData("5", null)]
    public async Task A_wrong_length_of_the_json_is_refused(string length, string? message)
    {
        using var response = await InferBody.PostAsync(_host, InferBody.Json([TestImage.Base64(1)]), jsonLength: length);

        await InferBody.CheckErrorAsync(response, 400, message);
    }

    [Theory]
    [InlineData(0, 8, WrongEnd)]
    [InlineData(0, 10, WrongEnd)]
    [InlineData(0, 9, WrongData)]
    [InlineData(1, 9, WrongData)]
    [InlineData(3, 9, WrongData)]
    public async Task Bytes_that_are_no_tensor_are_refused(int images, int size, string message)
    {
        // Two elements of 1 and 0 bytes.
        using var response = await InferBody.PostAsync(_host, InferBody.Binary(images, size), [1, 0, 0, 0, 7, 0, 0, 0, 0]);

        await InferBody.CheckErrorAsync(response, 400, message);
    }

    [Theory]
    [InlineData(new byte[] { 255, 255, 255, 255, 1 })]
    [InlineData(new byte[] { 2, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 1, 0, 0 })]
    [InlineData(new byte[0])]
    public async Task An_element_that_is_longer_than_the_body_is_refused(byte[] data)
    {
        using var response = await InferBody.PostAsync(_host, InferBody.Binary(1, data.Length), data);

        await InferBody.CheckErrorAsync(response, 400, WrongData);
    }

    public static TheoryData<byte[], ImageErrorKind> BadImages => new()
    {
        { [], ImageErrorKind.Empty },
        { Encoding.ASCII.GetBytes("a"), ImageErrorKind.InvalidBase64 },
        { Encoding.ASCII.GetBytes("http://"), ImageErrorKind.InvalidUrl },
        { TestImage.Bmp(1)[..400], ImageErrorKind.Corrupt },
        { [0xFF, 0xD8, 0xFF], ImageErrorKind.Corrupt },
    };

    [Theory]
    [MemberData(nameof(BadImages))]
    public async Task A_bad_image_is_named_by_row_and_reason(byte[] image, ImageErrorKind kind)
    {
        var data = InferBody.Elements(TestImage.Bmp(1), image);

        using var response = await InferBody.PostAsync(_host, InferBody.Binary(2, data.Length), data);

        await InferBody.CheckErrorAsync(response, 400, $"Row 1: {new ImageException(kind).Message}");
    }

    [Fact]
    public async Task Pixels_that_are_not_normalised_are_a_bad_image()
    {
        var values = new float[2 * 3 * 14 * 14];
        values[^1] = 200;

        using var response = await InferBody.PostAsync(
            _host, InferBody.Pixels(2, 14, $"\"parameters\":{{\"binary_data_size\":{values.Length * 4}}}"), TestPixels.Bytes(values));

        await InferBody.CheckErrorAsync(response, 400, "Row 1: The values are not normalised pixels.");
    }

    [Fact]
    public async Task An_output_that_the_model_does_not_give_is_refused()
    {
        using var response = await InferBody.PostAsync(_host, InferBody.Json([TestImage.Base64(1)], ""","parameters":{"output":"cls_mean"}"""));

        await InferBody.CheckErrorAsync(response, 400);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("nonsense")]
    public async Task Another_content_type_is_refused(string type)
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        using var response = await _host.Client.PostAsync("/v2/models/tiny/infer", content, Cancellation);

        await InferBody.CheckErrorAsync(response, 415, "Expects Content-Type to be application/json or application/octet-stream");
    }

    [Fact]
    public async Task A_large_body_is_refused()
    {
        using var response = await InferBody.PostAsync(_host, new string(' ', 65537));

        await InferBody.CheckErrorAsync(response, 413, "POST body is larger than the limit of 65536 bytes (Gateway:MaxBodyBytes).");
    }
}
