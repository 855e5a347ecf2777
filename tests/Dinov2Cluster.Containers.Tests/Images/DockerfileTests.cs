using System.Text.Json;
using System.Xml.Linq;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Containers.Tests.Images;

public sealed class DockerfileTests
{
    public static TheoryData<string> Names { get; } = [.. Dockerfile.Names];

    public static string Version { get; } =
        XDocument.Load(Path.Combine(RepositoryRoot.Path, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;

    [Fact]
    public void Every_role_has_one() => Assert.Equal(["cli", "gateway", "silo", "silo-cuda"], Dockerfile.Names);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_image_needs_no_root_and_no_shell(string name)
    {
        var file = Dockerfile.Read(name);

        Assert.Equal("1654:1654", file.Says("USER"));
        Assert.DoesNotContain(file.Final, one => one.Keyword is "RUN" or "SHELL");
        // As a JSON list, "exec form": the program itself is process 1, and gets SIGTERM.
        Assert.Equal("dotnet", JsonSerializer.Deserialize<string[]>(file.Says("ENTRYPOINT"))![0]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_image_checks_itself_with_its_own_program(string name)
    {
        var file = Dockerfile.Read(name);

        var check = file.Says("HEALTHCHECK");

        if (name == "cli")
        {
            Assert.Equal("NONE", check);
            return;
        }

        string[] program = [.. JsonSerializer.Deserialize<string[]>(file.Says("ENTRYPOINT"))!, "--health"];
        Assert.Equal(program, JsonSerializer.Deserialize<string[]>(check[(check.IndexOf("CMD ", StringComparison.Ordinal) + 4)..])!);
    }

    [Theory]
    [InlineData("gateway", "8080 8081 8082")]
    [InlineData("silo", "9090 11111 30000")]
    [InlineData("silo-cuda", "9090 11111 30000")]
    public void The_ports_are_the_documented_ones(string name, string ports) => Assert.Equal(ports, Dockerfile.Read(name).Says("EXPOSE"));

    [Theory]
    [MemberData(nameof(Names))]
    public void Both_bases_are_build_arguments(string name)
    {
        var file = Dockerfile.Read(name);

        var arguments = file.Instructions.TakeWhile(one => one.Keyword != "FROM").Select(one => one.Arguments).ToList();
        Assert.Contains("SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0", arguments);
        Assert.Contains(arguments, argument => argument.StartsWith("BASE_IMAGE=", StringComparison.Ordinal));
        Assert.Contains(("FROM", "${SDK_IMAGE} AS build"), file.Instructions);
        Assert.Equal("${BASE_IMAGE}", file.Says("FROM"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_labels_are_those_of_the_open_container_initiative(string name)
    {
        var file = Dockerfile.Read(name);

        var labels = file.Says("LABEL");

        // https://github.com/opencontainers/image-spec/blob/main/annotations.md
        Assert.All(
            (string[])["title=\"dinov2-" + name + "\"", "description=", "licenses=\"Apache-2.0\"", "version=\"${VERSION}\"", "revision=\"${REVISION}\"", "source=\"${SOURCE}\""],
            label => Assert.Contains("org.opencontainers.image." + label, labels, StringComparison.Ordinal));
        Assert.Contains(("ARG", "VERSION=" + Version), file.Final);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_copied_is_there_and_in_the_build_context(string name)
    {
        var allowed = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, ".dockerignore")).Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();
        var sources = Dockerfile.Read(name).Instructions
            .Where(one => one.Keyword == "COPY" && !one.Arguments.Contains("--from=", StringComparison.Ordinal))
            .SelectMany(one => one.Arguments.Split(' ')[..^1])
            .ToList();

        Assert.NotEmpty(sources);
        Assert.All(sources, source =>
        {
            Assert.Contains(source.Split('/')[0], allowed);
            var path = Path.Combine(RepositoryRoot.Path, source);
            Assert.True(
                Path.Exists(path) || Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path)).Length > 0, $"{source} is not there.");
        });
    }

    [Fact]
    public void The_image_for_gpus_is_built_for_them()
    {
        var runs = Dockerfile.Read("silo-cuda").Instructions.Where(one => one.Keyword == "RUN").ToList();

        Assert.NotEmpty(runs);
        Assert.All(runs, run => Assert.Contains("-p:Accelerator=Cuda", run.Arguments, StringComparison.Ordinal));
    }

    [Fact]
    public void Onnx_runtime_is_a_layer_of_its_own_below_the_code_s()
    {
        var file = Dockerfile.Read("silo-cuda");
        var build = file.Instructions.Last(one => one.Keyword == "RUN").Arguments;

        Assert.Contains("mv /app/libonnxruntime*.so /natives", build, StringComparison.Ordinal);
        string[] copies = [.. file.Final.Where(one => one.Keyword == "COPY").Select(one => one.Arguments)];
        Assert.Equal(["--from=build /natives ./", "--from=build /app ./"], copies[^2..]);
    }
}
