using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;
using Dinov2Cluster.TestSupport.Markdown;
using YamlDotNet.RepresentationModel;

namespace Dinov2Cluster.Deploy.Tests.Docs;

/// <summary>What commands of documents name is there, whether or not a test can run them: files, values of the chart, services, commands and their options.</summary>
public sealed partial class CommandReferenceTests
{
    private const string Chart = "helm/dinov2-cluster";
    private const string Compose = "deploy/compose/compose.yaml";

    // Options of programs that no test can ask.
    private static readonly Dictionary<string, string[]> _options = new()
    {
        ["helm"] = ["--version", "--namespace", "--create-namespace", "--values", "--set", "--set-string", "--reuse-values", "--logs", "--wait", "--timeout"],
        ["kubectl"] = ["--namespace", "--replicas", "--timeout", "--selector", "--previous", "--tail", "--follow"],
        ["docker"] = ["--build", "--build-arg", "--rm", "--detach", "--wait", "--follow", "--tag", "--file"],
        ["gh"] = ["--owner"],
        ["git"] = [],
    };

    private static readonly string[] _documents = [.. MarkdownFile.All.Where(path => path is "README.md" or "CONTRIBUTING.md" || path.StartsWith("docs/", StringComparison.Ordinal))];
    private static readonly ConcurrentDictionary<string, Task<string>> _help = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Blocks_are_of_languages_that_tests_know()
    {
        var others = _documents.SelectMany(path => new MarkdownFile(path).Examples)
            .Where(example => example.Language is not ("sh" or "csharp" or "js" or "python" or "json" or "yaml"));

        Assert.Empty(others);
    }

    [Fact]
    public void Every_reason_for_not_running_a_block_belongs_to_one()
    {
        var reasons = _documents.Sum(path => File.ReadLines(Absolute(path)).Count(line => line.StartsWith("<!-- not run", StringComparison.Ordinal)));

        Assert.Equal(reasons, _documents.SelectMany(path => new MarkdownFile(path).Examples).Count(example => example.NotRun is not null));
    }

    [Fact]
    public void A_failed_request_fails_its_block()
    {
        var silent = Commands().Where(told => told.Example.File != "README.md" && told.Command.Program == "curl" && !told.Command.Words.Any(word => word is "-fsS" or "--fail"));

        Assert.Empty(silent);
    }

    [Fact]
    public void Files_exist()
    {
        var missing = Commands().SelectMany(told => told.Command.Words.Select(word => (told.Example, Path: word.TrimEnd('/'))))
            .Where(named => RepositoryPath().IsMatch(named.Path))
            .Where(named => !File.Exists(Absolute(named.Path)) && !Directory.Exists(Absolute(named.Path)));

        Assert.Empty(missing);
    }

    [Fact]
    public void Values_of_the_chart_exist()
    {
        var set = Commands().Where(told => told.Command.Program == "helm")
            .SelectMany(told => told.Command.Values("--set", "--set-string").Select(value => (told.Example, Key: ChartValues.Path(value.Split('=')[0]))));
        var blocks = _documents.SelectMany(path => new MarkdownFile(path).Examples).Where(example => example.Language == "yaml").ToArray();
        var written = blocks.SelectMany(example => ChartValues.Keys(Parse(example.Code)).Select(key => (Example: example, Key: key)));
        var values = new ChartValues(Parse(File.ReadAllText(Absolute($"{Chart}/values.yaml"))));

        Assert.NotEmpty(blocks);
        Assert.Empty(set.Concat(written).Where(named => !values.Has(named.Key)).Select(named => $"{named.Example}: {string.Join('.', named.Key)}"));
    }

    [Fact]
    public void Services_of_Compose_exist()
    {
        var services = ((YamlMappingNode)Parse(File.ReadAllText(Absolute(Compose)))["services"]).Children.Keys.Select(key => ((YamlScalarNode)key).Value).ToArray();
        var named = Commands().Where(told => told.Command.Words is ["docker", "compose", ..])
            .SelectMany(told => told.Command.Words.SkipWhile(word => word is not ("logs" or "stop" or "start" or "restart" or "kill")).Skip(1)
                .Where(word => !word.StartsWith('-')).Select(word => (told.Example, Service: word)));

        Assert.DoesNotContain(named, name => !services.Contains(name.Service));
    }

    [Fact]
    public void Build_arguments_exist()
    {
        var missing = Commands().Where(told => told.Command.Words is ["docker", "build", ..])
            .SelectMany(told => told.Command.Values("--build-arg").Select(argument => (told.Example, Name: argument.Split('=')[0], File: told.Command.Values("-f", "--file").Single())))
            .Where(named => !File.ReadLines(Absolute(named.File)).Any(line => line.StartsWith($"ARG {named.Name}", StringComparison.Ordinal)));

        Assert.Empty(missing);
    }

    [Fact]
    public void Programs_and_their_options_are_known()
    {
        var unknown = Commands().Where(told => _options.ContainsKey(told.Command.Program))
            .SelectMany(told => told.Command.Options.Select(option => (told.Example, told.Command.Program, Option: option)))
            .Where(named => !_options[named.Program].Contains(named.Option));

        Assert.Empty(unknown);
    }

    [Fact]
    public async Task Commands_of_the_tool_have_the_options_that_are_shown()
    {
        var shown = Commands().Select(told => (told.Example, Words: ToolWords(told.Command))).Where(told => told.Words.Length > 0).ToArray();
        Assert.NotEmpty(shown);

        foreach (var (example, words) in shown)
        {
            string[] command = [.. words.TakeWhile(word => CommandName().IsMatch(word)).Take(words[0] is "model" or "cluster" ? 2 : 1)];
            var help = await _help.GetOrAdd(string.Join(' ', command), _ => HelpAsync(command));
            Assert.All(new ShellCommand([.. words.Prepend("dinov2")]).Options, option => Assert.True(Regex.IsMatch(help, $@"(^|\s){option}\b"), $"{example}: {string.Join(' ', command)} has no {option}."));
        }
    }

    [GeneratedRegex("^(deploy|docs|helm|tests|eng|client|silo|gateway)/[A-Za-z0-9_./-]+$")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex("^[a-z]+$")]
    private static partial Regex CommandName();

    private static IEnumerable<(CodeExample Example, ShellCommand Command)> Commands() =>
        _documents.SelectMany(path => new MarkdownFile(path).Examples).Where(example => example.Language == "sh")
            .SelectMany(example => ShellCommand.Parse(example.Code).Select(command => (example, command)));

    private static string[] ToolWords(ShellCommand command) => command.Words switch
    {
        ["dinov2", .. var words] => words,
        ["dotnet", "run", .. var words] when words.Contains("client/Dinov2Cluster.Cli") => [.. words.SkipWhile(word => word != "--").Skip(1)],
        _ => [],
    };

    private static async Task<string> HelpAsync(string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "dinov2.dll"), .. command, "--help"]) { RedirectStandardOutput = true })!;
        var help = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, string.Join(' ', command));
        return help;
    }

    private static YamlNode Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return stream.Documents.Single().RootNode;
    }

    private static string Absolute(string path) => Path.Combine(RepositoryRoot.Path, path);
}
