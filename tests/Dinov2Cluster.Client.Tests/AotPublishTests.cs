using System.Globalization;
using System.Runtime.InteropServices;
using Dinov2Cluster.Client.Tests.Support;
using Dinov2Cluster.Client.TestServer;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Client.Tests;

[Collection(Command.Builds)]
public sealed class AotPublishTests : GatewayTest
{
    public const string NoLinker = "Native programs are linked by clang or gcc, and there is neither.";

    public static bool HasLinker { get; } = OperatingSystem.IsLinux()
        && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(directory => File.Exists(Path.Combine(directory, "clang")) || File.Exists(Path.Combine(directory, "gcc")));

    [Fact(Skip = NoLinker, SkipUnless = nameof(HasLinker))]
    public async Task A_native_program_embeds_over_both_protocols()
    {
        using var directory = new TemporaryDirectory();
        var image = GoldenData.Image("coffee-420.jpg");
        var bytes = await File.ReadAllBytesAsync(image, Cancellation);
        var runtime = RuntimeInformation.RuntimeIdentifier;
        await Command.DotnetAsync(
            "publish",
            Path.Combine(RepositoryRoot.Path, "tests", "Dinov2Cluster.Client.AotProgram"),
            "--configuration",
            "Release",
            "--runtime",
            $"linux-{runtime[(runtime.LastIndexOf('-') + 1)..]}",
            // All output goes elsewhere, so that a simultaneous build is not disturbed.
            "--artifacts-path",
            directory["artifacts"],
            "--output",
            directory["program"],
            "-p:PublishAot=true",
            "-p:TreatWarningsAsErrors=true",
            // The solution's build runs them; the warnings of the linker and of the native compiler count here.
            "-p:RunAnalyzers=false",
            "-p:NativeDebugSymbols=false",
            "-maxcpucount:1");

        var output = await Command.RunAsync(
            Path.Combine(directory["program"], "Dinov2Cluster.Client.AotProgram"),
            Gateway.GrpcAddress.ToString(),
            Gateway.ScoreAddress.ToString(),
            image);

        var features = FakeAnswer.For(bytes).Features.Select(feature => feature.ToString("R", CultureInfo.InvariantCulture));
        var line = $"{FakeGateway.Model} {string.Join(' ', features)}";
        Assert.Equal([line, line, line], output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Equal(["unary", "stream", "score"], Gateway.Requests.Select(request => request.Protocol));
    }
}
