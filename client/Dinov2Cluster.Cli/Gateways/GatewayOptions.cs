using System.CommandLine;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Gateways;

/// <summary>The options of every command that calls a gateway: where it is, how it is called, with which key and for which model.</summary>
internal sealed class GatewayOptions
{
    public const string UrlVariable = "DINOV2_URL";
    public const string ApiKeyVariable = "DINOV2_API_KEY";

    private const int GrpcPort = 8081;
    private const int HttpPort = 8080;

    private readonly Option<string?> _url;
    private readonly Option<string?> _apiKey = new("--api-key")
    {
        Description = $"API key (default: {ApiKeyVariable}, which no list of processes shows).",
        HelpName = "KEY",
    };

    private readonly Option<string?>? _protocol;
    private readonly Option<string?>? _model;

    private GatewayOptions(IReadOnlyList<string> protocols)
    {
        var ports = protocols.Count == 0 ? $"{HttpPort}" : $"{GrpcPort} for gRPC, {HttpPort} for HTTP";
        _url = new("--url")
        {
            Description = $"The gateway (default: {UrlVariable}, else this machine). An http URL without a port means port {ports}.",
            HelpName = "URL",
        };
        if (protocols.Count > 0)
        {
            _protocol = new("--protocol") { Description = $"How the gateway is called (default: {protocols[0]})." };
            _protocol.AcceptOnlyFromAmong([.. protocols]);
            _model = new("--model") { Description = "Model (default: the gateway's own).", HelpName = "NAME" };
            DefaultProtocol = protocols[0];
        }
    }

    private string DefaultProtocol { get; } = "http";

    /// <summary>Options for a command that embeds.</summary>
    /// <param name="protocols">Names to choose from, the default first; those that begin with <c>grpc</c> are gRPC.</param>
    public static GatewayOptions ForEmbedding(params string[] protocols) => new(protocols);

    /// <summary>Options for a command that only reads the gateway's HTTP side.</summary>
    public static GatewayOptions ForHttp() => new([]);

    /// <summary>For the command that has them.</summary>
    public IReadOnlyList<Option> Options => [.. new Option?[] { _url, _protocol, _apiKey, _model }.OfType<Option>()];

    /// <summary>The name of the protocol that was chosen.</summary>
    public string Protocol(ParseResult parsed) => (_protocol is null ? null : parsed.GetValue(_protocol)) ?? DefaultProtocol;

    /// <exception cref="CommandException">The URL is none.</exception>
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
            throw new CommandException($"{source} '{text}' is no gateway's address; give one as http://gateway:{port} or https://gateway");
        }

        return url.Scheme == Uri.UriSchemeHttp && !SaysPort(text) ? new UriBuilder(url) { Port = port }.Uri : url;
    }

    /// <summary>Whether the URL has a port in it; <see cref="Uri"/> doesn't tell port 80 from none.</summary>
    private static bool SaysPort(string url)
    {
        var authority = url.AsSpan(url.IndexOf("://", StringComparison.Ordinal) + 3);
        var end = authority.IndexOfAny('/', '?', '#');
        authority = (end < 0 ? authority : authority[..end]).TrimEnd();
        return authority.LastIndexOf(':') > authority.LastIndexOf(']');
    }
}
