using System.Globalization;

namespace Dinov2Cluster.Cuda.Tests.Support;

/// <summary>A call that the stand-in logged: a line such as <c>0.123456 4711 copy direction=H2D bytes=150528</c>.</summary>
/// <param name="Place">Place in the log, from 0.</param>
/// <param name="Thread">Number of the thread.</param>
/// <param name="Event">What was called; <c>tests/fakecuda/README.md</c> lists the names.</param>
/// <param name="Fields">With which arguments.</param>
internal sealed record Call(int Place, int Thread, string Event, IReadOnlyDictionary<string, string> Fields)
{
    public string this[string field] => Fields[field];

    public long Bytes => long.Parse(Fields["bytes"], CultureInfo.InvariantCulture);

    public static Call Parse(string line, int place)
    {
        var words = line.Split(' ');
        var fields = words[3..].Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return new Call(place, int.Parse(words[1], CultureInfo.InvariantCulture), words[2], fields);
    }

    public override string ToString() => $"{Thread} {Event} {string.Join(' ', Fields.Select(field => $"{field.Key}={field.Value}"))}";
}
