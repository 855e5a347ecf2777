using System.CommandLine;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Gateways;

/// <summary>The options of commands that call a gateway: its address, the protocol, the key and the model.</summary>
internal sealed class GatewayCommandOptions
{
    public const string ApiKeyVariable = "DINOV2_API_KEY";

    private const string UrlVariable = "DINOV2_URL";
    private const int GrpcPort = 8081;
    private const int HttpPort = 8080;

    private readonly string _defaultProtocol = "http";
    private readonly Option<string?> _url;
    private readonly Option<string?> _apiKey = new("--api-key")
    {
        Description = $"API key (default: {ApiKeyVariable}, which process lists don't show).",
        HelpName = "KEY",
    };

    private readonly Option<string?>? _protocol;
    private readonly Option<string?>? _model;

    private GatewayCommandOptions(IReadOnlyList<string> protocols)
    {
        var ports = protocols.Count == 0 ? $"{HttpPort}" : $"{GrpcPort} for gRPC, {HttpPort} for HTTP";
        _url = new("--url")
        {
            Description = $"The gateway (default: {UrlVariable}, else this machine). An http URL without a port means port {ports}.",
            HelpName = "URL",
        };
        if (protocols.Count > 0)
        {
            _defaultProtocol = protocols[0];
            _protocol = new("--protocol") { Description = $"Protocol (default: {_defaultProtocol})." };
            _protocol.AcceptOnlyFromAmong([.. protocols]);
            _model = new("--model") { Description = "Model (default: the gateway's own).", HelpName = "NAME" };
        }
    }

    /// <summary>Options for a command that embeds.</summary>
    /// <param name="protocols">The choices, the default first; names that start with <c>grpc</c> are gRPC.</param>
    public static GatewayCommandOptions ForEmbedding(params string[] protocols) => new(protocols);

    /// <summary>Options for a command that only uses the gateway's HTTP port.</summary>
    public static GatewayCommandOptions ForHttp() => new([]);

    public IReadOnlyList<Option> Options => [.. new Option?[] { _url, _protocol, _apiKey, _model }.OfType<Option>()];

    /// <summary>The name of the selected protocol.</summary>
    public string Protocol(ParseResult parsed) => (_protocol is null ? null : parsed.GetValue(_protocol)) ?? _defaultProtocol;

    /// <exception cref="CommandException">The URL is invalid.</exception>
    public GatewayTarget Read(ParseResult parsed, CommandContext context)
    {
        var protocol = Protocol(parsed).StartsWith("grpc", StringComparison.Ordinal) ? Dinov2Protocol.Grpc : Dinov2Protocol.Http;
        var port = protocol == Dinov2Protocol.Grpc ? GrpcPort : HttpPort;
        var url = parsed.GetValue(_url) is { } option
            ? Address("--url", option, port)
            : context.Variable(UrlVariable) is { } variable ? Address(UrlVariable, variable, port) : new UriBuilder("http", "127.0.0.1", port).Uri;
        return new(
            url,
            protocol,
            parsed.GetValue(_apiKey) ?? context.Variable(ApiKeyVariable),
            _model is null ? null : parsed.GetValue(_model),
            context.Time);
    }

    private static Uri Address(string source, string text, int port)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            || url.UserInfo.Length > 0)
        {
            throw new CommandException($"{source} '{text}' is not the address of a gateway; use the form http://gateway:{port} or https://gateway");
        }

        return url.Scheme == Uri.UriSchemeHttp && !HasPort(text) ? new UriBuilder(url) { Port = port }.Uri : url;
    }

    /// <summary>Whether the URL names a port; <see cref="Uri"/> doesn't distinguish port 80 from none.</summary>
    private static bool HasPort(string url)
    {
        var authority = url.AsSpan(url.IndexOf("://", StringComparison.Ordinal) + 3);
        var end = authority.IndexOfAny('/', '?', '#');
        authority = (end < 0 ? authority : authority[..end]).TrimEnd();
        return authority.LastIndexOf(':') > authority.LastIndexOf(']');
    }
}

/// <summary>The option <c>--output</c> of commands that embed: features, in the gateway's words. Each choice is one vector per image.</summary>
internal sealed class OutputOption
{
    private const string Cls = "cls";
    private const string ClsMean = "cls_mean";

    private readonly Option<string?> _option = new("--output") { Description = $"Features: the CLS token, alone or with the mean of the patch tokens (default: {Cls})." };

    public OutputOption() => _option.AcceptOnlyFromAmong(Cls, ClsMean);

    public Option Option => _option;

    public EmbedOutput Read(ParseResult parsed) => parsed.GetValue(_option) == ClsMean ? EmbedOutput.ClsMean : EmbedOutput.Cls;
}
