using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Commands;

public sealed class ModelRandomCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_makes_a_checkpoint_and_says_that_it_means_nothing()
    {
        var path = _directory["nano"];

        var run = await CommandLineRun.StartAsync("model", "random", "nano", "--output", path, "--registers");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal($"{path}: random checkpoint; its features mean nothing{Environment.NewLine}", run.Output);
        using var checkpoint = Checkpoint.Open(path);
        Assert.True(checkpoint.RandomWeights);
        Assert.Equal(4, checkpoint.Config.RegisterTokens);
    }

    [Fact]
    public async Task Beside_another_model_it_makes_none_when_told_so()
    {
        string[] command = ["model", "random", "nano", "--if-none", "--output"];

        var first = await CommandLineRun.StartAsync([.. command, _directory["first"]]);
        var again = await CommandLineRun.StartAsync([.. command, _directory["first"]]);
        var second = await CommandLineRun.StartAsync([.. command, _directory["second"] + "/"]);

        Assert.EndsWith("its features mean nothing" + Environment.NewLine, first.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Equal((0, $"{_directory["second"]}/: not made, since there is first{Environment.NewLine}"), (second.ExitCode, second.Output));
        Assert.False(Directory.Exists(_directory["second"]));
    }

    [Fact]
    public async Task The_seed_decides_the_weights()
    {
        var none = await HashAsync("none");
        var zero = await HashAsync("zero", "--seed", "0");
        var negative = await HashAsync("negative", "--seed", "-1");

        Assert.Equal(none, zero);
        Assert.NotEqual(zero, negative);
    }

    [Fact]
    public async Task An_unknown_size_is_refused_with_the_known_ones() =>
        (await CommandLineRun.StartAsync("model", "random", "huge", "--output", _directory["x"]))
            .AssertFailed("size 'huge' is unknown; expected one of nano, small, base, large, giant");

    [Fact]
    public async Task An_output_in_use_is_refused()
    {
        await File.WriteAllTextAsync(_directory["mine"], "", TestContext.Current.CancellationToken);

        var run = await CommandLineRun.StartAsync("model", "random", "nano", "--output", _directory.Path);

        run.AssertFailed("is not an empty directory; remove it or name another");
    }

    private async Task<string> HashAsync(string name, params string[] options)
    {
        var run = await CommandLineRun.StartAsync(["model", "random", "nano", "--output", _directory[name], .. options]);
        Assert.Equal(0, run.ExitCode);
        using var checkpoint = Checkpoint.Open(_directory[name]);
        return checkpoint.ComputeSha256(TestContext.Current.CancellationToken);
    }
}
