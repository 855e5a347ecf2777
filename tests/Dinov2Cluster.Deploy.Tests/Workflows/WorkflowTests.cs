using System.Diagnostics;
using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;
using YamlDotNet.RepresentationModel;

namespace Dinov2Cluster.Deploy.Tests.Workflows;

/// <summary>What must hold for every workflow.</summary>
public sealed partial class WorkflowTests
{
    private const int LongestScript = 10;

    // https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
    private static readonly string[] _keys = ["name", "on", "permissions", "concurrency", "jobs"];
    private static readonly string[] _jobKeys =
        ["needs", "if", "runs-on", "timeout-minutes", "permissions", "outputs", "strategy", "env", "environment", "steps", "uses"];

    private static readonly string[] _stepKeys = ["id", "name", "if", "uses", "with", "env", "run"];
    private static readonly string[] _scopes = ["contents", "packages", "id-token", "attestations"];

    public static TheoryData<string> Names => [.. Workflow.Names];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names))]
    public void It_has_no_key_that_nobody_reads(string name)
    {
        var workflow = Workflow.Read(name);

        Assert.Empty(Keys(workflow.Root).Except(_keys));
        Assert.Empty(workflow.Jobs.SelectMany(job => Keys(job.Job)).Except(_jobKeys));
        Assert.Empty(workflow.Steps.SelectMany(Keys).Except(_stepKeys));
        Assert.All(workflow.Steps, step => Assert.True(step.Children.ContainsKey("uses") ^ step.Children.ContainsKey("run")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Jobs_say_their_permissions_and_when_they_are_over(string name)
    {
        var workflow = Workflow.Read(name);

        Assert.Empty(((YamlMappingNode)workflow.Root["permissions"]).Children);
        Assert.True(workflow.Root.Children.ContainsKey("concurrency"));
        Assert.All(workflow.Jobs, job =>
        {
            Assert.Empty(Keys((YamlMappingNode)job.Job["permissions"]).Except(_scopes));
            // A workflow that is called has its own.
            Assert.True(job.Job.Children.ContainsKey("timeout-minutes") || job.Job.Children.ContainsKey("uses"), job.Name);
        });
    }

    [Fact]
    public void Only_a_release_may_write()
    {
        var writing = Workflow.Names.Select(Workflow.Read).Where(workflow => workflow.Jobs.Any(job => ((YamlMappingNode)job.Job["permissions"]).Children.Values.Any(level => ((YamlScalarNode)level).Value == "write")));

        Assert.Equal(["release.yml"], writing.Select(workflow => workflow.Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Actions_are_pinned_and_checkouts_keep_no_token(string name)
    {
        var workflow = Workflow.Read(name);

        var actions = workflow.Steps.Concat(workflow.Jobs.Select(job => job.Job)).Select(step => Workflow.Value(step, "uses")).OfType<string>().ToArray();

        Assert.NotEmpty(actions);
        Assert.All(actions, action => Assert.Matches(Pinned(), action));
        Assert.All(actions.Where(action => action.StartsWith("./", StringComparison.Ordinal)), action => Assert.True(File.Exists(Path.Combine(RepositoryRoot.Path, action))));
        Assert.All(
            workflow.Steps.Where(step => Workflow.Value(step, "uses")?.StartsWith("actions/checkout@", StringComparison.Ordinal) == true),
            step => Assert.Equal("false", Workflow.Value((YamlMappingNode)step["with"], "persist-credentials")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Scripts_are_short_are_of_the_shell_and_take_nothing_but_variables(string name)
    {
        foreach (var script in Workflow.Read(name).Scripts)
        {
            Assert.True(script.Trim().Split('\n').Length <= LongestScript, $"Longer ones live in eng/, where tests run them: {script}");
            // What stands there would be put into the script's text: a branch's name could be a command, and a secret would be in the log.
            Assert.DoesNotContain("${{", script, StringComparison.Ordinal);
            using var bash = Process.Start(new ProcessStartInfo("bash", ["-n", "-c", script]) { RedirectStandardError = true })!;
            var errors = await bash.StandardError.ReadToEndAsync(Cancellation);
            await bash.WaitForExitAsync(Cancellation);
            Assert.True(bash.ExitCode == 0, errors);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Secrets_are_the_runs_own_token_alone(string name) =>
        Assert.All(Secrets().Matches(Workflow.Read(name).Text), secret => Assert.Equal("GITHUB_TOKEN", secret.Groups[1].Value));

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_used_is_there(string name)
    {
        var workflow = Workflow.Read(name);
        var jobs = workflow.Jobs.ToDictionary(job => job.Name, job => job.Job);

        foreach (var (job, node) in workflow.Jobs)
        {
            string[] needs = (node.Children.TryGetValue("needs", out var needed) ? needed : null) switch
            {
                YamlScalarNode one => [one.Value!],
                YamlSequenceNode list => [.. list.Children.Select(need => ((YamlScalarNode)need).Value!)],
                _ => [],
            };
            var text = string.Concat(node.AllNodes.OfType<YamlScalarNode>().Select(scalar => scalar.Value + "\n"));
            Assert.All(needs, need => Assert.True(jobs.ContainsKey(need), $"{job} needs {need}."));
            Assert.Empty(NeededOutput().Matches(text).Where(output => !needs.Contains(output.Groups[1].Value)
                || !((YamlMappingNode)jobs[output.Groups[1].Value]["outputs"]).Children.ContainsKey(output.Groups[2].Value)).Select(output => output.Value));
            var steps = node.Children.TryGetValue("steps", out var own) ? ((YamlSequenceNode)own).Children.Cast<YamlMappingNode>().Select(step => Workflow.Value(step, "id")).ToArray() : [];
            Assert.All(StepOutput().Matches(text), output => Assert.Contains(output.Groups[1].Value, steps));
        }

        var files = workflow.Scripts.SelectMany(script => RepositoryFile().Matches(script).Select(file => file.Value)).Append("global.json");
        Assert.All(files, file => Assert.True(File.Exists(Path.Combine(RepositoryRoot.Path, file)), file));
    }

    [Fact]
    public void A_release_makes_every_image_and_every_package()
    {
        var release = Workflow.Read("release.yml");
        var images = ((YamlSequenceNode)release.Jobs.Single(job => job.Name == "images").Job["strategy"]["matrix"]["image"]).Children.Select(image => ((YamlScalarNode)image).Value!);
        var folder = Path.Combine(RepositoryRoot.Path, "deploy/docker");
        var pack = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "eng/pack.sh"));
        var packable = Directory.EnumerateFiles(RepositoryRoot.Path, "*.csproj", SearchOption.AllDirectories)
            .Where(project => File.ReadAllText(project).Contains("<IsPackable>true</IsPackable>", StringComparison.Ordinal)).ToArray();

        Assert.Equal(2, packable.Length);
        Assert.All(packable, project => Assert.Contains(Path.GetRelativePath(RepositoryRoot.Path, Path.GetDirectoryName(project)!), pack, StringComparison.Ordinal));
        Assert.Equal(
            Directory.EnumerateFiles(folder, "*.Dockerfile").Select(file => Path.GetFileName(file).Replace(".Dockerfile", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            images.Order(StringComparer.Ordinal));
    }

    // A major version or a commit, or a workflow of this repository.
    [GeneratedRegex(@"^(\./\.github/workflows/[a-z-]+\.yml|[\w.-]+/[\w.-]+(/[\w./-]+)?@(v\d+(\.\d+){0,2}|[0-9a-f]{40}))$")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"secrets\.(\w+)")]
    private static partial Regex Secrets();

    [GeneratedRegex(@"needs\.([\w-]+)\.outputs\.([\w-]+)")]
    private static partial Regex NeededOutput();

    [GeneratedRegex(@"steps\.([\w-]+)\.")]
    private static partial Regex StepOutput();

    [GeneratedRegex(@"(?<![\w./-])(eng|\.ci|tests|client|deploy|helm)/[\w./-]+")]
    private static partial Regex RepositoryFile();

    private static IEnumerable<string> Keys(YamlMappingNode node) => node.Children.Keys.Select(key => ((YamlScalarNode)key).Value!);
}
