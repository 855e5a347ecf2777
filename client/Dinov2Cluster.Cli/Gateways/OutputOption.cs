using System.CommandLine;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Gateways;

/// <summary>The option <c>--output</c> of commands that embed: which features of an image, in the gateway's own words. One vector per image each.</summary>
internal sealed class OutputOption
{
    private const string Cls = "cls";
    private const string ClsMean = "cls_mean";

    private readonly Option<string?> _option = new("--output") { Description = $"Features: the CLS token, or with it the mean of the patch tokens (default: {Cls})." };

    public OutputOption() => _option.AcceptOnlyFromAmong(Cls, ClsMean);

    public Option Option => _option;

    public EmbedOutput Read(ParseResult parsed) => parsed.GetValue(_option) == ClsMean ? EmbedOutput.ClsMean : EmbedOutput.Cls;
}
