using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Protocols.OpenInference;

public sealed class OpenInferenceNodeTests
{
    private static readonly string _script = Path.Combine(
        RepositoryRoot.Path, "tests", "Dinov2Cluster.Gateway.Tests", "Protocols", "OpenInference", "open-inference-client.mjs");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_in_another_language_gets_the_same_features_in_both_forms()
    {
        await using var host = await GatewayHost.StartAsync();
        using var folder = new TemporaryDirectory();
        var file = Path.Combine(folder.Path, "image.bmp");
        await File.WriteAllBytesAsync(file, TestImage.Bmp(7), Cancellation);

        var reply = JsonDocument.Parse(await RunAsync(_script, host.Address.ToString().TrimEnd('/'), "tiny", file)).RootElement;

        Assert.Equal("dinov2cluster", reply.GetProperty("server").GetString());
        Assert.True(reply.GetProperty("ready").GetBoolean());
        Assert.Equal(["json", "binary"], reply.GetProperty("replies").EnumerateArray().Select(answer => answer.GetProperty("id").GetString()));
        foreach (var answer in reply.GetProperty("replies").EnumerateArray())
        {
            Assert.Equal(
                TestImage.Features(host.Router.Served["tiny"], TestImage.Bmp(7)),
                InferBody.Output(answer).GetProperty("data").EnumerateArray().Select(value => (float)value.GetDouble()));
        }
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var node = Start(arguments);
        var output = node.StandardOutput.ReadToEndAsync(Cancellation);
        var errors = node.StandardError.ReadToEndAsync(Cancellation);
        try
        {
            await node.WaitForExitAsync(Cancellation);
        }
        catch (OperationCanceledException)
        {
            node.Kill();
            throw;
        }

        Assert.True(node.ExitCode == 0, await errors);
        return await output;
    }

    private static Process Start(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("node is not installed.");
            throw;
        }
    }
}
