using System.Text;
using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Tests.Checkpoints;

public sealed class PreprocessorConfigReaderTests
{
    [Theory]
    [InlineData("{}", 256, 224)]
    [InlineData("""{"size":{"shortest_edge":518},"crop_size":{"height":518,"width":518}}""", 518, 518)]
    [InlineData("""{"size":300,"crop_size":280,"image_processor_type":"BitImageProcessor"}""", 300, 280)]
    public void Sizes_may_be_absent_objects_or_numbers(string json, int edge, int crop)
    {
        var config = Parse(json);

        Assert.Equal((edge, crop), (config.ShortestEdge, config.CropSize));
        Assert.Equal(1.0 / 255, config.RescaleFactor, 12);
        Assert.Equal([0.485, 0.456, 0.406], config.Mean);
        Assert.Equal([0.229, 0.224, 0.225], config.StandardDeviation);
    }

    [Fact]
    public void Normalization_is_taken_from_the_file()
    {
        var config = Parse("""{"rescale_factor":0.5,"image_mean":[1,2,3],"image_std":[4,5,6]}""");

        Assert.Equal(0.5, config.RescaleFactor);
        Assert.Equal([1.0, 2, 3], config.Mean);
        Assert.Equal([4.0, 5, 6], config.StandardDeviation);
    }

    [Theory]
    [InlineData("x", "not a valid JSON object")]
    [InlineData("""{"resample":2}""", "resample is 2; only 3 (bicubic) is supported")]
    [InlineData("""{"do_resize":false}""", "do_resize is false")]
    [InlineData("""{"do_center_crop":false}""", "do_center_crop is false")]
    [InlineData("""{"do_rescale":false}""", "do_rescale is false")]
    [InlineData("""{"do_normalize":false}""", "do_normalize is false")]
    [InlineData("""{"crop_size":{"height":224,"width":200}}""", "crop_size is not")]
    [InlineData("""{"crop_size":{"height":224}}""", "crop_size is not")]
    [InlineData("""{"crop_size":"224"}""", "crop_size is not")]
    [InlineData("""{"crop_size":0}""", "crop_size is not")]
    [InlineData("""{"crop_size":100000}""", "crop_size is not")]
    [InlineData("""{"crop_size":300}""", "crop_size 300 is larger than the shortest edge 256")]
    [InlineData("""{"size":{"height":256,"width":256}}""", "size is not")]
    [InlineData("""{"size":1e9}""", "size is not")]
    [InlineData("""{"rescale_factor":0}""", "rescale_factor")]
    [InlineData("""{"image_mean":[0.5]}""", "image_mean is not three numbers")]
    [InlineData("""{"image_std":[0.5,0.5,0]}""", "image_std is not three positive numbers")]
    public void What_would_change_pixels_in_silence_is_refused(string json, string expected)
    {
        var error = Assert.Throws<ModelException>(() => Parse(json));

        Assert.StartsWith("preprocessor_config.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static PreprocessorConfig Parse(string json) => PreprocessorConfigReader.Parse(Encoding.UTF8.GetBytes(json), "preprocessor_config.json");
}
