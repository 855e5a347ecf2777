using System.Diagnostics;

namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>Runs helm: the one that <c>HELM</c> names, else that of the path.</summary>
internal static class HelmProgram
{
    /// <summary>Why tests are skipped without it.</summary>
    public const string NotInstalled = "helm is not installed: put it on the path, or name it with HELM.";

    private static readonly string? _path = Find();

    public static bool IsInstalled => _path is not null;

    public static async Task<HelmResult> RunAsync(CancellationToken cancellationToken, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(_path ?? throw new InvalidOperationException(NotInstalled), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // No cluster of whoever runs the tests.
        start.Environment["KUBECONFIG"] = "/dev/null";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        return new(process.ExitCode, await output, await error);
    }

    private static string? Find() =>
        Environment.GetEnvironmentVariable("HELM") is { Length: > 0 } named
            ? named
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
                .Select(directory => Path.Combine(directory, "helm"))
                .FirstOrDefault(File.Exists);
}
