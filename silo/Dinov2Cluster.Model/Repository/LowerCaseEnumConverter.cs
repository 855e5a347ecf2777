using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dinov2Cluster.Model.Repository;

/// <summary>Enums as lower-case names, never numbers: <c>fp32</c>, <c>legacy</c>.</summary>
internal sealed class LowerCaseEnumConverter<T>() : JsonStringEnumConverter<T>(new LowerCase(), allowIntegerValues: false)
    where T : struct, Enum
{
    private sealed class LowerCase : JsonNamingPolicy
    {
        public override string ConvertName(string name) => name.ToLowerInvariant();
    }
}
