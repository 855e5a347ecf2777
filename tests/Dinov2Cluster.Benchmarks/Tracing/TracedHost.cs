using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Dinov2Cluster.Benchmarks.Tracing;

/// <summary>Makes a copy of a host whose methods each print the source file that they are in.</summary>
internal static class TracedHost
{
    /// <summary>What a printed line begins with.</summary>
    public const string Mark = "@@";

    /// <summary>Copies the folder, and rewrites the product's assemblies in the copy.</summary>
    public static void Create(string source, string target)
    {
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }

        foreach (var assembly in Directory.EnumerateFiles(target, "Dinov2Cluster.*.dll").Where(file => File.Exists(Path.ChangeExtension(file, "pdb"))))
        {
            Rewrite(assembly);
        }
    }

    private static void Rewrite(string assembly)
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(Path.GetDirectoryName(assembly));
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
        using var module = ModuleDefinition.ReadModule(assembly, new ReaderParameters { ReadSymbols = true, InMemory = true, AssemblyResolver = resolver });
        var error = module.ImportReference(typeof(Console).GetProperty(nameof(Console.Error))!.GetMethod);
        var write = module.ImportReference(typeof(TextWriter).GetMethod(nameof(TextWriter.WriteLine), [typeof(string)]));
        foreach (var method in module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody && !method.IsConstructor && !method.IsGetter && !method.IsSetter))
        {
            var file = method.DebugInformation.SequencePoints.FirstOrDefault()?.Document.Url.Replace('\\', '/');
            if (file is null || file.Contains("/obj/", StringComparison.Ordinal))
            {
                continue;
            }

            method.Body.SimplifyMacros();
            var processor = method.Body.GetILProcessor();
            var first = method.Body.Instructions[0];
            processor.InsertBefore(first, processor.Create(OpCodes.Call, error));
            processor.InsertBefore(first, processor.Create(OpCodes.Ldstr, Mark + file));
            processor.InsertBefore(first, processor.Create(OpCodes.Callvirt, write));
            method.Body.OptimizeMacros();
        }

        module.Write(assembly);
        File.Delete(Path.ChangeExtension(assembly, "pdb"));
    }
}
