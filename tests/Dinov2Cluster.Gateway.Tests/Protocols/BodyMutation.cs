using CsCheck;

namespace Dinov2Cluster.Gateway.Tests.Protocols;

/// <summary>Bodies that are nearly requests.</summary>
internal static class BodyMutation
{
    /// <summary>One of the seeds with a few bytes changed, inserted or taken away.</summary>
    public static Gen<byte[]> Of(params string[] seeds) => Gen.Select(
        Gen.Int[0, seeds.Length - 1].Select(i => seeds[i]),
        Gen.Select(Gen.Int[0, 400], Gen.Byte, Gen.Int[0, 3]).Array[1, 6],
        (seed, edits) => Mutate(System.Text.Encoding.UTF8.GetBytes(seed), edits));

    /// <summary>Applies edits: see <see cref="Of"/>.</summary>
    public static byte[] Mutate(byte[] body, (int Position, byte Value, int Kind)[] edits)
    {
        var bytes = body.ToList();
        foreach (var (position, value, kind) in edits)
        {
            var at = position % bytes.Count;
            switch (kind)
            {
                case 0:
                    bytes[at] = value;
                    break;
                case 1:
                    bytes.Insert(at, value);
                    break;
                case 2 when bytes.Count > 1:
                    bytes.RemoveAt(at);
                    break;
                default:
                    // A structural character, so that mutants stay close to JSON.
                    bytes[at] = "{}[]\",:\\"u8[value % 8];
                    break;
            }
        }

        return [.. bytes];
    }
}
