using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Gateways;

/// <summary>The gateway that a command calls.</summary>
/// <param name="Url">Its address.</param>
/// <param name="Protocol">The protocol.</param>
/// <param name="ApiKey">Null for none.</param>
/// <param name="Model">Null for the gateway's default.</param>
/// <param name="Time">Clock of deadlines and retries.</param>
internal sealed record GatewayTarget(Uri Url, Dinov2Protocol Protocol, string? ApiKey, string? Model, TimeProvider Time)
{
    /// <summary>Creates a client, after a check that the gateway is there and speaks the protocol.</summary>
    /// <param name="configure">Changes further settings.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="CommandException">Nothing or something else listens there, or a setting is out of range.</exception>
    public async Task<Dinov2Client> ConnectAsync(Action<Dinov2ClientOptions>? configure, CancellationToken cancellationToken)
    {
        await GatewayProbe.CheckAsync(this, cancellationToken);
        var options = new Dinov2ClientOptions { Address = Url, Protocol = Protocol, ApiKey = ApiKey, Model = Model };
        configure?.Invoke(options);
        try
        {
            return new Dinov2Client(options, timeProvider: Time);
        }
        catch (ArgumentException exception)
        {
            throw new CommandException(exception.Message, exception);
        }
    }

    // Without the key: a record prints all its members.
    public override string ToString() => $"{Url} ({Protocol})";
}
