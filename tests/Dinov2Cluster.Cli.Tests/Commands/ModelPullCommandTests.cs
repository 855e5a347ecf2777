using Dinov2Cluster.Cli.Tests.Hub;
using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Cli.Tests.Commands;

/// <summary>Files and directories of <c>model pull</c>.</summary>
public sealed class ModelPullCommandTests : PullTestBase
{
    [Fact]
    public async Task It_brings_what_serving_needs_and_nothing_else()
    {
        var run = await PullAsync();

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.EndsWith($"{Output}: {FakeHub.Id} at 0123456789ab, 3 files, 3.4 MB{Environment.NewLine}", run.Output, StringComparison.Ordinal);
        Assert.Contains($"{Weights}: 3.4 MB{Environment.NewLine}", run.Output, StringComparison.Ordinal);
        AssertWhole("config.json", Weights, "preprocessor_config.json");
        using var checkpoint = Checkpoint.Open(Output);
        Assert.Equal(128, checkpoint.Config.HiddenSize);
    }

    [Fact]
    public async Task Weights_in_shards_are_brought_whole()
    {
        Hub.Files.Remove(Weights);
        Hub.Files["model-00001-of-00002.safetensors"] = [1, 2, 3];
        Hub.Files["model-00002-of-00002.safetensors"] = [4];
        Hub.Files["model-unused.safetensors"] = [5];
        Hub.Files["model.safetensors.index.json"] = """{"metadata":{},"weight_map":{"a":"model-00002-of-00002.safetensors","b":"model-00001-of-00002.safetensors"}}"""u8.ToArray();

        await PullAsync();
        AssertWhole("config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json", "preprocessor_config.json");

        Assert.Contains("was there already", (await PullAsync()).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_there_already_is_not_brought_again()
    {
        await PullAsync();
        var before = Hub.Requests.Count;

        var run = await PullAsync();

        Assert.Equal(0, run.ExitCode);
        Assert.Equal($"{Output}: {FakeHub.Id} at 0123456789ab, 3 files, 3.4 MB, was there already{Environment.NewLine}", run.Output);
        Assert.Equal(before + 1, Hub.Requests.Count);
    }

    [Fact]
    public async Task A_directory_with_another_model_is_refused()
    {
        await PullAsync();
        Hub.Files[Weights][^1] ^= 1;

        (await PullAsync()).AssertFailed($"{Output} exists, and is not {FakeHub.Id} at 0123456789ab; remove it or name another --output");
    }

    [Fact]
    public async Task A_full_disk_is_said_before_the_weights_begin()
    {
        var run = await PullAsync(freeSpace: 1_500_000);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("has 1.5 MB left, and the weights need 3.4 MB more; make room, or name another --output", run.Error, StringComparison.Ordinal);
        Assert.Empty(Hub.RequestsFor(Weights));
    }

    [Fact]
    public async Task What_is_left_of_other_commits_goes_when_the_model_is_whole()
    {
        var old = Directory.CreateDirectory(Parent["models/.dinov2-nano.ffff.pull"]);
        var foreign = Directory.CreateDirectory(Parent["models/.dinov2-nano-2.ffff.pull"]);

        Assert.Equal(0, (await PullAsync()).ExitCode);

        Assert.Equal((false, true), (Directory.Exists(old.FullName), Directory.Exists(foreign.FullName)));
    }
}
