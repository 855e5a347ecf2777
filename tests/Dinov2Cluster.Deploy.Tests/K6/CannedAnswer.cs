using System.Text;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>An answer of <see cref="CannedServer"/>.</summary>
internal sealed record CannedAnswer(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    public static CannedAnswer Text(int status, string body, params (string Name, string Value)[] headers) => new(status, Encoding.UTF8.GetBytes(body), headers);
}
