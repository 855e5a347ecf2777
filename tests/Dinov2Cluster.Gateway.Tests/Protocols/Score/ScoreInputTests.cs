using System.Text;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Score;

public sealed class ScoreInputTests : IAsyncLifetime
{
    private static readonly byte[] _first = TestImage.Bmp(1);
    private static readonly byte[] _second = TestImage.Bmp(2, 40, 17);
    private static readonly string _a = Convert.ToBase64String(_first);
    private static readonly string _b = Convert.ToBase64String(_second);

    private GatewayHost _host = null!;

    public static TheoryData<string> TwoRowForms =>
    [
        $$$"""{"input_data":{"columns":["image"],"index":[0,1],"data":[["{{{_a}}}"],["{{{_b}}}"]]}}""",
        $$$"""{"input_data":{"columns":["image"],"data":[["{{{_a}}}"],["{{{_b}}}"]]},"params":null}""",
        $$$"""{"params":{"x":[1,{"y":null}]},"input_data":{"data":[["{{{_a}}}"],["{{{_b}}}"]],"index":["b","a"],"columns":["image"]}}""",
        $$$"""{"input_data":{"columns":["id","image",null],"index":null,"data":[[1,"{{{_a}}}",{"z":[]}],["2","{{{_b}}}",[]]]},"more":[1]}""",
        $$$"""{"input_data":[{"image":"{{{_a}}}"},{"image":"{{{_b}}}"}]}""",
        $$$"""{"input_data":[{"id":7,"image":"{{{_a}}}"},{"image":"{{{_b}}}","tags":["x"]}],"params":{}}""",
        $$$"""{"input_data":null,"input_data":[{"image":"x","image":"{{{_a}}}"},{"image":"{{{_b}}}"}]}""",
        $$$"""{"input_data":{"data":[],"columns":["x"],"data":[["{{{_a}}}"],["{{{_b}}}"]],"columns":["image"]}}""",
        $$$""" {"input\u005fdata" : { "columns" : [ "\u0069mage" ] , "data" : [ ["{{{_a.Replace("/", "\\/", StringComparison.Ordinal)}}}"], ["data:image/bmp;base64,{{{_b}}}"] ] } } """,
        $$$"""{"input_data":[{"image":"{{{Wrap(_a, "\\n")}}}"},{"image":"{{{Wrap(_b, "\\r\\n")}}}"}]}""",
        "\uFEFF" + $$$"""{"input_data":[{"image":"{{{_a}}}"},{"image":"{{{_b}}}"}]}""",
    ];

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(TwoRowForms))]
    public async Task Every_form_of_two_rows_gives_two_rows_in_order(string json)
    {
        using var response = await _host.ScoreAsync(json);

        await _host.CheckRowsAsync(response, "tiny", _first, _second);
    }

    [Fact]
    public async Task The_official_sample_wraps_base64_at_76_columns()
    {
        _host.Router.Served["tiny"] = _host.Router.Served["tiny"] with { ShortestEdge = 256, CropSize = 224 };
        var jpeg = await File.ReadAllBytesAsync(GoldenData.Image("coffee-420.jpg"), TestContext.Current.CancellationToken);
        var wrapped = Wrap(Convert.ToBase64String(jpeg), "\n") + "\n";

        using var response = await _host.ScoreAsync(ScoreJson.Split(wrapped));

        await _host.CheckRowsAsync(response, "tiny", jpeg);
    }

    [Fact]
    public async Task The_devices_get_exactly_the_golden_crop()
    {
        _host.Router.Served["tiny"] = _host.Router.Served["tiny"] with { ShortestEdge = 256, CropSize = 224 };
        byte[]? seen = null;
        _host.Router.OnEmbed = (model, crops, _) =>
        {
            seen = crops.Pixels.ToArray();
            return Task.FromResult(FakeRouter.Answer(model, crops));
        };
        var png = await File.ReadAllBytesAsync(GoldenData.Image("cat.png"), TestContext.Current.CancellationToken);

        using var response = await _host.ScoreAsync(ScoreJson.Records(Convert.ToBase64String(png)));

        Assert.Equal(GoldenData.Crop("cat.png"), seen);
    }

    [Theory]
    [InlineData("""{"input_data":[]}""")]
    [InlineData("""{"input_data":{"columns":["image"],"data":[]}}""")]
    [InlineData("""{"input_data":{"columns":["image"],"index":[],"data":[]}}""")]
    public async Task No_rows_give_an_empty_list_without_a_call(string json)
    {
        using var response = await _host.ScoreAsync(json);

        Assert.Equal("[]", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Empty(_host.Router.Calls);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json; charset=\"UTF-8\"")]
    [InlineData("APPLICATION/JSON;charset=us-ascii")]
    [InlineData("application/vnd.azure+json")]
    public async Task Every_spelling_of_json_is_accepted(string contentType)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(ScoreJson.Split(_a)));
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        using var response = await _host.Client.PostAsync("/score", content, TestContext.Current.CancellationToken);

        await _host.CheckRowsAsync(response, "tiny", _first);
    }

    [Fact]
    public async Task Twenty_rows_travel_in_groups_of_eight_and_come_back_in_order()
    {
        var images = Enumerable.Range(0, 20).Select(i => TestImage.Bmp(i, 16 + i, 36 - i)).ToArray();

        using var response = await _host.ScoreAsync(ScoreJson.Split([.. images.Select(Convert.ToBase64String)]));

        await _host.CheckRowsAsync(response, "tiny", images);
        Assert.Equal([4, 8, 8], _host.Router.Calls.Order());
    }

    private static string Wrap(string base64, string lineBreak) =>
        string.Join(lineBreak, base64.Chunk(76).Select(line => new string(line)));
}
