using System.Collections;
using System.Globalization;
using System.Reflection;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Fetch;
using Dinov2Cluster.Inference;
using Dinov2Cluster.TestSupport.Markdown;

namespace Dinov2Cluster.Deploy.Tests.Docs;

/// <summary>docs/configuration.md has every key that the hosts read, no other, and their defaults.</summary>
public sealed class ConfigurationDocumentTests
{
    // Sizes of images are the model's to say; these two serve those who use the library by itself.
    private static readonly string[] _ofModels = ["Imaging:ShortestEdge", "Imaging:CropSize"];

    // Read by the web server.
    private const string Urls = "urls";

    private static readonly Dictionary<string, string[]> _rows = new[] { "Both", "Silo", "Gateway" }
        .SelectMany(new MarkdownFile("docs/configuration.md").Rows).ToDictionary(row => row[0]);

    private static readonly Dictionary<string, object?> _keys = Sections()
        .SelectMany(section => Keys(section.Path, section.Type, Activator.CreateInstance(section.Type, nonPublic: true)!))
        .GroupBy(key => key.Key).ToDictionary(key => key.Key, key => key.First().Value);

    [Fact]
    public void It_has_every_key_and_no_other() => Assert.Equal(_keys.Keys.Except(_ofModels).Append(Urls).Order(StringComparer.Ordinal), _rows.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Its_defaults_are_the_products()
    {
        var wrong = _keys.Where(key => key.Value is not null && !_ofModels.Contains(key.Key))
            .Select(key => (key.Key, Told: _rows[key.Key][1], Real: Text(key.Value!)))
            .Where(key => !Forms(key.Told).Contains(key.Real));

        Assert.Empty(wrong);
    }

    private static IEnumerable<(string Path, Type Type)> Sections() =>
    [
        ("", typeof(InferenceOptions)), ("Imaging", typeof(ImagingOptions)), ("Fetch", typeof(FetchOptions)),
        .. Directory.EnumerateFiles(AppContext.BaseDirectory, "Dinov2Cluster.*.dll")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => !name.EndsWith("Tests", StringComparison.Ordinal))
            .SelectMany(name => Assembly.Load(name).GetTypes())
            .Select(type => (type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string ?? "", type))
            .Where(section => section.Item1.Length > 0),
    ];

    // A key without a default of its own has null.
    private static IEnumerable<KeyValuePair<string, object?>> Keys(string path, Type type, object instance)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var key = path.Length == 0 ? property.Name : $"{path}:{property.Name}";
            var value = property.GetValue(instance);
            var element = property.PropertyType.IsGenericType ? property.PropertyType.GetGenericArguments()[0] : null;
            if (value is IEnumerable and not string && IsSection(element!))
            {
                foreach (var inner in Keys(key + ":0", element!, Activator.CreateInstance(element!, nonPublic: true)!))
                {
                    yield return inner;
                }
            }
            else if (IsSection(property.PropertyType) && value is not null)
            {
                foreach (var inner in Keys(key, property.PropertyType, value))
                {
                    yield return inner;
                }
            }
            else if (property.CanWrite || value is IEnumerable and not string)
            {
                yield return new(key, value is IEnumerable and not string ? null : value);
            }
        }
    }

    private static bool IsSection(Type type) => type is { IsClass: true, IsArray: false } && type.Name.EndsWith("Options", StringComparison.Ordinal);

    private static string Text(object value) => value switch
    {
        string { Length: 0 } => "none",
        string text when text == Environment.MachineName => "host name",
        bool flag => flag ? "true" : "false",
        TimeSpan time => Number(time.TotalMilliseconds) + " ms",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    // What is written for people, as it is and as the number that it means.
    private static IEnumerable<string> Forms(string told)
    {
        yield return told;
        if (told.Split(' ') is [var amount, var unit] && double.TryParse(amount, CultureInfo.InvariantCulture, out var number))
        {
            yield return unit switch
            {
                "ms" => Number(number) + " ms",
                "s" => Number(number * 1_000) + " ms",
                "day" => Number(number * 86_400_000) + " ms",
                "GB" => Number(number * 1e9),
                "MB" or "M" => Number(number * 1e6),
                _ => told,
            };
        }
    }

    private static string Number(double number) => number.ToString(CultureInfo.InvariantCulture);
}
