namespace Dinov2Cluster.Gateway.Security;

/// <summary>Whether callers must say who they are.</summary>
internal enum AuthMode
{
    /// <summary>They must as soon as a key or an issuer of tokens is configured. Without any, the gateway starts only if it listens on loopback alone.</summary>
    Auto,

    /// <summary>They need not, wherever the gateway listens: somebody has decided so.</summary>
    Off,

    /// <summary>They must, and the gateway doesn't start without a way to do so.</summary>
    Required,
}
