using System.Text;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>What a container's environment variables are to a host's configuration.</summary>
internal static class ContainerEnvironment
{
    // Those that .NET's hosts read without what is before the underscore: https://learn.microsoft.com/aspnet/core/fundamentals/configuration/
    private static readonly string[] _prefixes = ["ASPNETCORE_", "DOTNET_"];

    /// <summary>Keys and values, as the kubelet and the host would make them of the variables.</summary>
    public static Dictionary<string, string> Resolve(Rendering rendering, V1Container container)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var variable in container.Env)
        {
            var value = variable.Value ?? Value(rendering, variable.ValueFrom);
            foreach (var (name, earlier) in variables)
            {
                value = value.Replace($"$({name})", earlier, StringComparison.Ordinal);
            }

            variables.Add(variable.Name, value);
        }

        return variables.ToDictionary(pair => Key(pair.Key), pair => pair.Value, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The configuration key of a variable.</summary>
    public static string Key(string variable) =>
        (Array.Find(_prefixes, prefix => variable.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix ? variable[prefix.Length..] : variable)
        .Replace("__", ":", StringComparison.Ordinal);

    private static string Value(Rendering rendering, V1EnvVarSource source) => source switch
    {
        { FieldRef.FieldPath: "metadata.name" } => "pod-5d6f7-abcde",
        { FieldRef.FieldPath: "status.podIP" } => "10.1.2.3",
        { SecretKeyRef: { } secret } => rendering.Find<V1Secret>(secret.Name) is { } own ? Encoding.UTF8.GetString(own.Data[secret.Key]) : "redis.example.com:6380,password=x,ssl=true",
        _ => throw new InvalidOperationException("A variable has a source that no test knows."),
    };
}
