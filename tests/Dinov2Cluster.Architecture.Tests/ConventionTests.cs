using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Architecture.Tests;

/// <summary>The conventions of CONTRIBUTING.md that no analyzer knows.</summary>
public sealed class ConventionTests
{
    private const int MaxLines = 400;

    private static readonly Regex _british = new(
        "colour|neighbour|behaviour|centre(?!d)|cancelled|normalis|initialis|serialis|optimis|recognis|analys(?!is)|grey|honour|favour",
        RegexOptions.IgnoreCase);

    // "catch (IOException exception)", where the variable has another name.
    private static readonly Regex _caught = new(@"catch \([\w.<>]+ (?!exception\))\w+\)");

    private static IEnumerable<Type> DeclaredTypes => Product.Assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type =>
        type.Namespace is { } name && name.StartsWith("Dinov2Cluster", StringComparison.Ordinal)
        && !name.StartsWith("Dinov2Cluster.Protocol", StringComparison.Ordinal)
        && !type.Name.Contains('<', StringComparison.Ordinal)
        && !type.Name.EndsWith("Reflection", StringComparison.Ordinal) && type.GetInterface("Google.Protobuf.IMessage") is null
        && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !type.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute)));

    [Fact]
    public void No_two_types_have_one_simple_name()
    {
        var twins = DeclaredTypes.Where(type => !type.IsNested).GroupBy(type => type.Name).Where(same => same.Count() > 1)
            .Select(same => string.Join(" = ", same.Select(type => type.FullName)));

        AssertNone(twins);
    }

    [Fact]
    public void A_clock_is_called_time()
    {
        var others = DeclaredTypes.SelectMany(type => type.GetConstructors(All).Cast<MethodBase>().Concat(type.GetMethods(All)))
            .SelectMany(method => method.GetParameters())
            .Where(parameter => parameter.ParameterType == typeof(TimeProvider) && !IsTime(parameter))
            .Select(parameter => $"{parameter.Member.DeclaringType}.{parameter.Member.Name}({parameter.Name})");

        AssertNone(others);
    }

    [Fact]
    public void A_caught_exception_is_called_exception()
    {
        var others = Product.Sources.SelectMany(file => _caught.Matches(File.ReadAllText(file)).Select(match => $"{Relative(file)}: {match.Value}"));

        AssertNone(others);
    }

    [Fact]
    public void Identifiers_are_spelled_the_American_way()
    {
        var names = DeclaredTypes.SelectMany(type => type.GetMembers(All | BindingFlags.DeclaredOnly).Select(member => $"{type.Name}.{member.Name}").Append(type.Name));

        AssertNone(names.Where(name => _british.IsMatch(name)));
    }

    [Fact]
    public void No_file_is_too_long()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

        AssertNone(Product.Sources.Concat(tests).Where(file => File.ReadLines(file).Count() > MaxLines).Select(Relative));
    }

    private static BindingFlags All => BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    // Records have a property of that name; the SDK's public constructor was named before.
    private static bool IsTime(ParameterInfo parameter) =>
        parameter.Name is "time" or "Time" or "value" || (parameter is { Name: "timeProvider", Member: { Name: ".ctor", DeclaringType.FullName: "Dinov2Cluster.Client.Dinov2Client" } });

    private static void AssertNone(IEnumerable<string> found)
    {
        var all = found.Distinct().Order(StringComparer.Ordinal).ToArray();
        Assert.True(all.Length == 0, $"{all.Length} found:\n{string.Join("\n", all)}");
    }

    private static string Relative(string file) => Path.GetRelativePath(RepositoryRoot.Path, file);
}
