namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>An entry of <see cref="FetchOptions.AllowedHosts"/>.</summary>
/// <param name="Name">The name in canonical form, without the <c>*</c>; starts with a dot if every name below it is meant.</param>
/// <param name="Ports">The ports it opens.</param>
internal sealed record AllowedHost(string Name, EntryPorts Ports)
{
    /// <summary>The entry, or null if it is none.</summary>
    public static AllowedHost? Parse(string? entry)
    {
        if (entry is null || !EntryPorts.TryCut(entry, 0, out var text, out var ports))
        {
            return null;
        }

        var isSuffix = text.StartsWith("*.", StringComparison.Ordinal);
        return HostName.TryCanonicalize(isSuffix ? text[2..] : text, out var name, out var address) && address is null
            ? new AllowedHost(isSuffix ? "." + name : name, ports)
            : null;
    }

    /// <summary>Whether <paramref name="host"/>, in canonical form, is meant. <c>*.suffix</c> does not mean the suffix itself.</summary>
    public bool Matches(string host) =>
        Name[0] == '.' ? host.EndsWith(Name, StringComparison.Ordinal) : host.Equals(Name, StringComparison.Ordinal);
}
