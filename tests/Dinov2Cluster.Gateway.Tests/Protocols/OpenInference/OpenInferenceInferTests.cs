using System.Text;
using System.Text.Json;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Protocols.OpenInference;

public sealed class OpenInferenceInferTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("/v2/models/tiny/infer")]
    [InlineData("/v2/models/tiny/versions/1/infer")]
    public async Task Json_strings_get_json_features(string path)
    {
        using var response = await InferBody.PostAsync(_host, InferBody.Json([TestImage.Base64(1), TestImage.Base64(2)]), path: path);

        await InferBody.CheckAsync(_host, response, isBinary: false, TestImage.Bmp(1), TestImage.Bmp(2));
        Assert.True(response.Headers.Contains("x-dinov2-inference-ms"));
    }

    [Fact]
    public async Task Data_may_be_nested_and_keys_may_come_in_any_order()
    {
        var json = $$"""
            {"outputs":null,"parameters":null,"id":null,"x":{"y":[1]},"inputs":[{"parameters":null,
             "data":[["{{TestImage.Base64(1)}}"],["data:image\/bmp;base64,{{TestImage.Base64(2)}}"]],"x":[{}],
             "datatype":"BYTES","shape":[2,1],"name":"image"}]}
            """;

        using var response = await InferBody.PostAsync(_host, json);

        await InferBody.CheckAsync(_host, response, isBinary: false, TestImage.Bmp(1), TestImage.Bmp(2));
    }

    [Fact]
    public async Task Files_and_text_come_as_bytes_and_features_go_as_bytes()
    {
        var data = InferBody.Elements(TestImage.Bmp(1), Encoding.ASCII.GetBytes(TestImage.Base64(2)));
        var json = InferBody.Binary(2, data.Length, ""","outputs":[{"name":"image_features","parameters":{"binary_data":true}}]""");

        using var response = await InferBody.PostAsync(_host, json, data);

        await InferBody.CheckAsync(_host, response, isBinary: true, TestImage.Bmp(1), TestImage.Bmp(2));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(""","parameters":{"binary_data_output":false}""", false)]
    [InlineData(""","parameters":{"binary_data_output":true}""", true)]
    [InlineData(""","parameters":{"binary_data_output":true},"outputs":[]""", true)]
    [InlineData(""","outputs":[{"name":"image_features"}],"parameters":{"binary_data_output":true}""", true)]
    [InlineData(""","parameters":{"binary_data_output":true},"outputs":[{"name":"image_features","parameters":{"binary_data":false}}]""", false)]
    [InlineData(""","outputs":[{"parameters":{"binary_data":true},"name":"image_features"}]""", true)]
    public async Task The_output_comes_as_it_is_asked_for_whatever_the_input_is(string rest, bool isBinary)
    {
        var data = InferBody.Elements(TestImage.Bmp(4));

        using var fromBinary = await InferBody.PostAsync(_host, InferBody.Binary(1, data.Length, rest), data);
        using var fromJson = await InferBody.PostAsync(_host, InferBody.Json([TestImage.Base64(4)], rest));

        await InferBody.CheckAsync(_host, fromBinary, isBinary, TestImage.Bmp(4));
        await InferBody.CheckAsync(_host, fromJson, isBinary, TestImage.Bmp(4));
    }

    [Fact]
    public async Task No_content_type_is_what_tritons_client_sends()
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(InferBody.Json([TestImage.Base64(1)])));

        using var response = await _host.Client.PostAsync("/v2/models/tiny/infer", content, Cancellation);

        await InferBody.CheckAsync(_host, response, isBinary: false, TestImage.Bmp(1));
    }

    [Fact]
    public async Task Pixels_give_the_features_of_their_image_in_every_form()
    {
        var model = _host.Router.Served["tiny"];
        float[][] rows = [InferBody.PixelValues(model, TestImage.Bmp(1)), InferBody.PixelValues(model, TestImage.Bmp(2))];
        var bytes = TestPixels.Bytes([.. rows[0], .. rows[1]]);
        var flat = JsonSerializer.Serialize(rows.SelectMany(row => row));
        var nested = JsonSerializer.Serialize(rows.Select(row => row.Chunk(14 * 14).Select(plane => plane.Chunk(14))));

        using var binary = await InferBody.PostAsync(
            _host, InferBody.Pixels(2, 14, $"\"parameters\":{{\"binary_data_size\":{bytes.Length}}}"), bytes);
        using var flatJson = await InferBody.PostAsync(_host, InferBody.Pixels(2, 14, $"\"data\":{flat}"));
        using var nestedJson = await InferBody.PostAsync(_host, InferBody.Pixels(2, 14, $"\"data\":{nested}"));

        foreach (var response in (HttpResponseMessage[])[binary, flatJson, nestedJson])
        {
            await InferBody.CheckAsync(_host, response, isBinary: false, TestImage.Bmp(1), TestImage.Bmp(2));
        }
    }

    [Fact]
    public async Task The_same_pixels_in_another_form_come_from_the_cache()
    {
        await using var host = await GatewayHost.StartAsync(new() { ["Cache:MaxBytes"] = "1000000" });
        var values = InferBody.PixelValues(host.Router.Served["tiny"], TestImage.Bmp(1));

        using var first = await InferBody.PostAsync(
            host, InferBody.Pixels(1, 14, $"\"parameters\":{{\"binary_data_size\":{values.Length * 4}}}"), TestPixels.Bytes(values));
        using var second = await InferBody.PostAsync(host, InferBody.Pixels(1, 14, $"\"data\":{JsonSerializer.Serialize(values)}"));

        await InferBody.CheckAsync(host, second, isBinary: false, TestImage.Bmp(1));
        Assert.Single(host.Router.Calls);
    }

    [Theory]
    [InlineData("42")]
    [InlineData("")]
    [InlineData("d\u00e9j\u00e0 \"vu\"")]
    public async Task The_id_comes_back(string id)
    {
        using var response = await InferBody.PostAsync(
            _host, InferBody.Json([TestImage.Base64(1)], $",\"id\":{JsonSerializer.Serialize(id)},\"parameters\":{{\"binary_data_output\":true}}"));

        var (json, _) = await InferBody.ReadAsync(response, isBinary: true);
        Assert.Equal(id, json.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("cls", Output.Cls, "2,10")]
    [InlineData("cls_mean", Output.ClsMean, "2,20")]
    [InlineData("patch_tokens", Output.PatchTokens, "2,4,10")]
    public async Task Other_outputs_have_their_shape(string name, object output, string shape)
    {
        foreach (var isBinary in (bool[])[false, true])
        {
            var parameters = $$""","parameters":{"output":"{{name}}","binary_data_output":{{(isBinary ? "true" : "false")}}}""";
            using var response = await InferBody.PostAsync(
                _host, InferBody.Json([TestImage.Base64(1), TestImage.Base64(2)], parameters), path: "/v2/models/wide/infer");

            var (json, features) = await InferBody.ReadAsync(response, isBinary);
            Assert.Equal(shape, string.Join(',', InferBody.Output(json).GetProperty("shape").EnumerateArray()));
            var model = _host.Router.Served["wide"];
            Assert.Equal(
                [.. TestImage.Features(model, TestImage.Bmp(1), (Output)output), .. TestImage.Features(model, TestImage.Bmp(2), (Output)output)],
                features);
        }
    }

    [Fact]
    public async Task Features_are_normalised_when_asked_for()
    {
        using var response = await InferBody.PostAsync(_host, InferBody.Json([TestImage.Base64(1)], ""","parameters":{"normalize":true,"other":[1]}"""));

        var (_, features) = await InferBody.ReadAsync(response, isBinary: false);
        Assert.Equal(FeatureNorm.Normalize(TestImage.Features(_host.Router.Served["tiny"], TestImage.Bmp(1)), 6).ToArray(), features);
    }

    [Fact]
    public async Task No_image_gives_no_row()
    {
        using var response = await InferBody.PostAsync(_host, InferBody.Json([]));

        await InferBody.CheckAsync(_host, response, isBinary: false);
    }
}
