using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("see: dinov2 --help")]
    [InlineData("see: dinov2 model --help", "model")]
    [InlineData("see: dinov2 model pull --help", "model", "pull")]
    [InlineData("'--index' is required", "search", "x.jpg")]
    [InlineData("'embroider'", "embroider")]
    [InlineData("see: dinov2 model random --help", "model", "random")]
    [InlineData("'--output' is required", "model", "random", "nano")]
    [InlineData("--seed", "model", "random", "nano", "--output", "x", "--seed", "many")]
    [InlineData("'--fast'", "model", "random", "nano", "--output", "x", "--fast")]
    [InlineData("'fp8'", "model", "compile", "x", "--output", "y", "--precision", "fp8")]
    [InlineData("'7'", "model", "compile", "x", "--output", "y", "--precision", "7")]
    [InlineData("'cubic'", "model", "compile", "x", "--output", "y", "--position-embedding", "cubic")]
    public async Task A_command_line_that_is_not_understood_is_one_line_of_error(string expected, params string[] arguments) =>
        (await CommandLineRun.StartAsync(arguments)).AssertFailed(expected);

    [Theory]
    [InlineData("model", "--help")]
    [InlineData("model", "random", "--output <DIR>", "--seed <N>", "--registers", "nano, small, base, large, giant", "--help")]
    [InlineData("model", "compile", "--output <MODEL_DIR>", "<antialias|legacy|size>", "<fp16|fp32|int8>", "--image-size <N>", "--help")]
    [InlineData("model", "pull", "<NAME>", "--output <DIR>", "--revision <REVISION>", "HF_ENDPOINT", "HF_TOKEN", "main", "--help")]
    [InlineData("model", "list", "--repository <DIR>", "--json", "[default: models]", "--help")]
    [InlineData("model", "inspect", "<DIR>", "--tensors", "--json", "--help")]
    [InlineData("search", "<IMAGE>", "--index <FILE>", "--top <N>", "[default: 10]", "--json", "--help")]
    [InlineData("completion", "<bash|fish|pwsh|zsh>", "--help")]
    public async Task Help_names_every_option(params string[] words)
    {
        string[] commands = ["model", "random", "compile", "pull", "list", "inspect", "search", "completion", "--help"];
        var arguments = words.Where(word => commands.Contains(word)).ToArray();

        var run = await CommandLineRun.StartAsync(arguments);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (var option in words.Except(["--help"]))
        {
            Assert.Contains(option, run.Output, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Canceling_is_one_line_of_error()
    {
        using var directory = new TemporaryDirectory();
        using var error = new StringWriter();

        var exitCode = await CommandLine.RunAsync(
            ["model", "random", "nano", "--output", directory["nano"]],
            new CommandContext(TextWriter.Null, error),
            new CancellationToken(canceled: true));

        Assert.Equal(1, exitCode);
        Assert.Equal("dinov2: canceled, nothing was written" + Environment.NewLine, error.ToString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }
}
