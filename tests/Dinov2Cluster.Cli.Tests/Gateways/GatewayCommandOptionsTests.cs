using System.CommandLine;
using Dinov2Cluster.Cli.Gateways;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Tests.Gateways;

public sealed class GatewayCommandOptionsTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8081/")]
    [InlineData("http://127.0.0.1:8080/", "--protocol", "http")]
    [InlineData("http://gateway:8081/", "--url", "http://gateway")]
    [InlineData("http://gateway:8080/", "--url", "http://gateway", "--protocol", "http")]
    [InlineData("http://gateway/", "--url", "http://gateway:80")]
    [InlineData("http://gateway:9/", "--url", "http://gateway:9")]
    [InlineData("http://[::1]:8081/", "--url", "http://[::1]")]
    [InlineData("http://[::1]:9/", "--url", "http://[::1]:9/")]
    [InlineData("http://gateway:8081/a:1", "--url", "http://gateway/a:1")]
    [InlineData("https://gateway/score", "--url", "https://gateway/score", "--protocol", "http")]
    public void The_url_has_the_port_of_the_protocol_unless_it_names_one(string expected, params string[] arguments) =>
        Assert.Equal(expected, Read([], arguments).Url.AbsoluteUri);

    [Theory]
    [InlineData("gateway:8081")]
    [InlineData("ftp://gateway")]
    [InlineData("http://")]
    [InlineData("http://user:password@gateway")]
    [InlineData("/score")]
    public void What_is_no_address_is_refused(string url)
    {
        Assert.StartsWith($"--url '{url}' is not the address of a gateway", Assert.Throws<CommandException>(() => Read([], "--url", url)).Message, StringComparison.Ordinal);
        Assert.StartsWith("DINOV2_URL '", Assert.Throws<CommandException>(() => Read(new() { ["DINOV2_URL"] = url })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_goes_before_the_environment()
    {
        var variables = new Dictionary<string, string> { ["DINOV2_URL"] = "http://there", ["DINOV2_API_KEY"] = "theirs" };

        var there = Read(variables);
        var here = Read(variables, "--url", "http://here", "--api-key", "mine", "--model", "small");

        Assert.Equal(("http://there:8081/", "theirs", null, Dinov2Protocol.Grpc), (there.Url.AbsoluteUri, there.ApiKey, there.Model, there.Protocol));
        Assert.Equal(("http://here:8081/", "mine", "small"), (here.Url.AbsoluteUri, here.ApiKey, here.Model));
        Assert.DoesNotContain("mine", here.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_reads_pages_only_speaks_http()
    {
        var command = new Command("status");
        var options = GatewayCommandOptions.ForHttp();
        foreach (var option in options.Options)
        {
            command.Options.Add(option);
        }

        var target = options.Read(command.Parse([]), new CommandContext(TextWriter.Null, TextWriter.Null) { Variable = _ => null });

        Assert.Equal(("http://127.0.0.1:8080/", Dinov2Protocol.Http), (target.Url.AbsoluteUri, target.Protocol));
        Assert.NotEmpty(command.Parse(["--protocol", "grpc"]).Errors);
    }

    private static GatewayTarget Read(Dictionary<string, string> variables, params string[] arguments)
    {
        var command = new Command("embed");
        var options = GatewayCommandOptions.ForEmbedding("grpc", "http");
        foreach (var option in options.Options)
        {
            command.Options.Add(option);
        }

        var parsed = command.Parse(arguments);
        Assert.Empty(parsed.Errors);
        return options.Read(parsed, new CommandContext(TextWriter.Null, TextWriter.Null) { Variable = name => variables.GetValueOrDefault(name) });
    }
}
