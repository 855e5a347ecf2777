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
        && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !type.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute)));

    [Fact]
    public void No_two_types_have_one_simple_name()
    {
        var twins = DeclaredTypes.Where(type => !type.IsNested).GroupBy(type => type.Name).Where(same => same.Count() > 1)
            .Select(same => string.Join(" = ", same.Select(type => type.FullName)));

        Assert.Empty(twins);
    }

    [Fact]
    public void A_clock_is_called_time()
    {
        var others = DeclaredTypes.SelectMany(type => type.GetConstructors(All).Cast<MethodBase>().Concat(type.GetMethods(All)))
            .SelectMany(method => method.GetParameters())
            .Where(parameter => parameter.ParameterType == typeof(TimeProvider) && parameter.Name is not ("time" or "_time" or "value"))
            .Select(parameter => $"{parameter.Member.DeclaringType}.{parameter.Member.Name}({parameter.Name})");

        Assert.Empty(others);
    }

    [Fact]
    public void A_caught_exception_is_called_exception()
    {
        var others = Product.Sources.SelectMany(file => _caught.Matches(File.ReadAllText(file)).Select(match => $"{Relative(file)}: {match.Value}"));

        Assert.Empty(others);
    }

    [Fact]
    public void Identifiers_are_spelled_the_American_way()
    {
        var names = DeclaredTypes.SelectMany(type => type.GetMembers(All | BindingFlags.DeclaredOnly).Select(member => $"{type.Name}.{member.Name}").Append(type.Name));

        Assert.DoesNotContain(names, name => _british.IsMatch(name));
    }

    [Fact]
    public void No_file_is_too_long()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

        Assert.DoesNotContain(Product.Sources.Concat(tests), file => File.ReadLines(file).Count() > MaxLines);
    }

    private static BindingFlags All => BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static string Relative(string file) => Path.GetRelativePath(RepositoryRoot.Path, file);
}
