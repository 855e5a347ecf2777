using System.Text;
using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Tests.Checkpoints;

public sealed class Dinov2ConfigReaderTests
{
    [Fact]
    public void Absent_keys_take_the_defaults_of_transformers()
    {
        var config = Parse("""{"model_type":"dinov2"}""");

        Assert.Equal(
            new Dinov2Config
            {
                HiddenSize = 768,
                Layers = 12,
                Heads = 12,
                PatchSize = 16,
                ImageSize = 224,
                MlpRatio = 4,
                UseSwiGlu = false,
                QkvBias = true,
                LayerNormEpsilon = 1e-6f,
                RegisterTokens = 0,
            },
            config);
    }

    [Theory]
    [InlineData("""{"model_type":"dinov2_with_registers"}""", 4)]
    [InlineData("""{"model_type":"dinov2_with_registers","num_register_tokens":0}""", 0)]
    [InlineData("""{"model_type":"dinov2","num_register_tokens":4}""", 0)]
    public void Only_register_checkpoints_have_register_tokens(string json, int expected) =>
        Assert.Equal(expected, Parse(json).RegisterTokens);

    [Fact]
    public void Keys_that_do_not_shape_the_model_are_ignored() =>
        Assert.Equal(384, Parse("""{"model_type":"dinov2","hidden_size":384,"use_mask_token":true,"interpolate_antialias":true,"out_indices":[1],"id2label":{"0":"cat"},"mlp_ratio":4.0}""").HiddenSize);

    [Fact]
    public void SwiGlu_takes_no_notice_of_the_activation() =>
        Assert.True(Parse("""{"model_type":"dinov2","use_swiglu_ffn":true,"hidden_act":"silu"}""").UseSwiGlu);

    [Theory]
    [InlineData("", "not a valid JSON object")]
    [InlineData("null", "not a JSON object")]
    [InlineData("[]", "not a valid JSON object")]
    [InlineData("{}", "no model_type; expected dinov2 or dinov2_with_registers")]
    [InlineData("""{"model_type":"vit"}""", "model_type 'vit' is not supported; expected dinov2 or dinov2_with_registers")]
    [InlineData("""{"model_type":"dinov2","model_type":"vit"}""", "given twice")]
    [InlineData("""{"model_type":"dinov2","hidden_size":"768"}""", "'$.hidden_size' has a value of the wrong kind")]
    [InlineData("""{"model_type":"dinov2","hidden_size":null}""", "'$.hidden_size' has a value of the wrong kind")]
    [InlineData("""{"model_type":"dinov2","hidden_size":99999999999}""", "'$.hidden_size' has a value of the wrong kind")]
    [InlineData("""{"model_type":"dinov2","hidden_size":0}""", "hidden_size is 0")]
    [InlineData("""{"model_type":"dinov2","hidden_size":-768}""", "hidden_size is -768")]
    [InlineData("""{"model_type":"dinov2","hidden_size":2147483647}""", "hidden_size is 2147483647")]
    [InlineData("""{"model_type":"dinov2","num_hidden_layers":0}""", "num_hidden_layers is 0")]
    [InlineData("""{"model_type":"dinov2","num_hidden_layers":1000000}""", "num_hidden_layers is 1000000")]
    [InlineData("""{"model_type":"dinov2","num_attention_heads":0}""", "num_attention_heads is 0")]
    [InlineData("""{"model_type":"dinov2","num_attention_heads":7}""", "num_attention_heads 7 does not divide hidden_size 768")]
    [InlineData("""{"model_type":"dinov2","patch_size":0}""", "patch_size is 0")]
    [InlineData("""{"model_type":"dinov2","patch_size":15}""", "patch_size 15 does not divide image_size 224")]
    [InlineData("""{"model_type":"dinov2","image_size":8}""", "image_size is 8")]
    [InlineData("""{"model_type":"dinov2","patch_size":1,"image_size":8192}""", "more than 256 patches")]
    [InlineData("""{"model_type":"dinov2","num_channels":1}""", "num_channels is 1")]
    [InlineData("""{"model_type":"dinov2","mlp_ratio":0}""", "mlp_ratio is not a whole number")]
    [InlineData("""{"model_type":"dinov2","mlp_ratio":2.5}""", "mlp_ratio is not a whole number")]
    [InlineData("""{"model_type":"dinov2","mlp_ratio":1e300}""", "mlp_ratio is not a whole number")]
    [InlineData("""{"model_type":"dinov2","layer_norm_eps":0}""", "layer_norm_eps is not between 0 and 1")]
    [InlineData("""{"model_type":"dinov2","hidden_act":"relu"}""", "hidden_act 'relu' is not supported; expected gelu")]
    [InlineData("""{"model_type":"dinov2","hidden_act":null}""", "hidden_act")]
    [InlineData("""{"model_type":"dinov2_with_registers","num_register_tokens":-1}""", "num_register_tokens is -1")]
    public void What_can_not_be_served_is_refused_by_name(string json, string expected)
    {
        var error = Assert.Throws<ModelException>(() => Parse(json));

        Assert.StartsWith("config.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void The_largest_allowed_architecture_has_no_tensor_of_two_gigabytes()
    {
        var largest = Parse("""{"model_type":"dinov2_with_registers","hidden_size":4096,"num_attention_heads":1,"mlp_ratio":16,"patch_size":32,"image_size":8192,"use_swiglu_ffn":true,"num_register_tokens":64}""");

        Assert.True(Dinov2Tensors.Of(largest).Max(tensor => tensor.Count) * sizeof(float) < int.MaxValue);
    }

    private static Dinov2Config Parse(string json) => Dinov2ConfigReader.Parse(Encoding.UTF8.GetBytes(json), "config.json");
}
