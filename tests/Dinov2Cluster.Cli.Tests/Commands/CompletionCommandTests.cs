using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Commands;

public sealed class CompletionCommandTests : IDisposable
{
    /// <summary>Loads the script like a user, and asks for completions like bash itself.</summary>
    private const string Bash = """
        set -u
        dinov2() { dotnet "$tool" "$@"; }
        tool=$1
        source <(dinov2 completion bash)
        complete -p dinov2
        COMP_LINE=$2
        COMP_POINT=${3:-${#COMP_LINE}}
        read -ra COMP_WORDS <<< "${COMP_LINE:0:COMP_POINT}"
        [[ ${COMP_LINE:COMP_POINT-1:1} == " " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMPREPLY=()
        _dinov2 "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" ""
        printf '%s\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"}
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("dinov2 mo", "model")]
    [InlineData("dinov2 ", "embed", "search", "bench", "model", "cluster", "completion")]
    [InlineData("dinov2 cluster ", "status")]
    [InlineData("dinov2 bench --protocol ", "grpc", "grpc-stream", "http")]
    [InlineData("dinov2 model ", "pull", "list", "inspect", "random", "compile")]
    [InlineData("dinov2 model pu", "pull")]
    [InlineData("./bin/dinov2 model pu", "pull")]
    [InlineData("dinov2 model random ", "nano", "small", "base", "large", "giant")]
    [InlineData("dinov2 model random g", "giant")]
    [InlineData("dinov2 model compile --prec", "--precision")]
    [InlineData("dinov2 model compile my/dir --precision ", "fp16", "fp32", "int8")]
    [InlineData("dinov2 model compile my/dir --precision fp16 --resid", "--residual")]
    [InlineData("dinov2 model compile my/dir --residual ", "fp16", "fp32")]
    [InlineData("dinov2 completion z", "zsh")]
    [InlineData("dinov2 search /h")]
    [InlineData("dinov2 search a.jpg --index ")]
    public async Task Bash_completes(string line, params string[] expected)
    {
        var completions = await CompleteAsync(line);

        Assert.Equal(expected.Order(StringComparer.Ordinal), completions.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Bash_completes_where_the_cursor_is() =>
        Assert.Equal(["model"], await CompleteAsync("dinov2 mo compile x", "9"));

    [Theory]
    [InlineData("bash", "complete -o default -F _dinov2 dinov2")]
    [InlineData("zsh", "compdef _dinov2 dinov2")]
    [InlineData("fish", "complete --command dinov2")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName dinov2")]
    public async Task Each_shell_has_its_script(string shell, string expected)
    {
        var run = await CommandLineRun.StartAsync("completion", shell);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', run.Output);
    }

    [Fact]
    public async Task Another_shell_is_refused() => (await CommandLineRun.StartAsync("completion", "tcsh")).AssertFailed("'tcsh'");

    private async Task<string[]> CompleteAsync(string line, params string[] point)
    {
        var tool = Path.Combine(AppContext.BaseDirectory, "dinov2.dll");
        var run = await ProcessRun.StartAsync("bash", _directory.Path, ["--noprofile", "--norc", "-c", Bash, "bash", tool, line, .. point]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("complete -o default -F _dinov2 dinov2", lines[0]);
        return lines[1..];
    }
}
