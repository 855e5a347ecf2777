using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Dinov2Cluster.TestSupport;

/// <summary>One of the product's hosts as a real process of its own. Ends with the test that started it.</summary>
public sealed partial class HostProcess : ITestHost, IAsyncDisposable
{
    private static readonly TimeSpan _pollPeriod = TimeSpan.FromMilliseconds(50);

    private readonly StringBuilder _output = new();

    private HostProcess(Process process, Uri address, Uri? grpcAddress)
    {
        (Process, GrpcAddress) = (process, grpcAddress);
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The running process.</summary>
    public Process Process { get; }

    /// <summary>Set where the host is to log errors. Otherwise, an error in its log fails the test when the process is disposed.</summary>
    public bool ExpectsErrors { get; set; }

    /// <summary>What was run.</summary>
    public string CommandLine => string.Join(' ', Process.StartInfo.ArgumentList);

    /// <summary>Where the host serves gRPC, if it does.</summary>
    public Uri? GrpcAddress { get; }

    /// <inheritdoc/>
    public HttpClient Http { get; }

    /// <summary>All that the process has printed, on both streams.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a host's assembly, found beside the running one.</summary>
    /// <param name="assembly">File name of the host, such as <c>Dinov2Cluster.Standalone.dll</c>.</param>
    /// <param name="address">Where it will listen.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Variables to add.</param>
    /// <param name="grpcAddress">Where it will serve gRPC, if it does.</param>
    public static HostProcess Start(
        string assembly, Uri address, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, Uri? grpcAddress = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new HostProcess(System.Diagnostics.Process.Start(start)!, address, grpcAddress);
    }

    /// <summary>Waits until <c>/health/ready</c> says 200.</summary>
    /// <exception cref="InvalidOperationException">The process ended instead; the message holds what it printed.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        while (!await this.IsReadyAsync(cancellationToken))
        {
            if (Process.HasExited)
            {
                throw new InvalidOperationException($"The host ended with {Process.ExitCode} before it was ready:\n{Output}");
            }

            await Task.Delay(_pollPeriod, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Asks the process to stop as an orchestrator does (SIGTERM), and waits until it has.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Terminate();
        await Process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Asks the process to stop (SIGTERM), and doesn't wait.</summary>
    public void Terminate() => Send(ProcessSignal.Terminate);

    /// <summary>Makes the process stand still (SIGSTOP): its sockets stay open, and nobody answers.</summary>
    public void Freeze() => Send(ProcessSignal.Stop);

    /// <summary>Lets a frozen process run again (SIGCONT).</summary>
    public void Thaw() => Send(ProcessSignal.Continue);

    /// <summary>Ends the process as a crash does (SIGKILL), and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
            await Process.WaitForExitAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await KillAsync();
        // Also where it had ended by itself: the end of its output is read then.
        await Process.WaitForExitAsync();
        var command = CommandLine;
        Process.Dispose();
        if (!ExpectsErrors)
        {
            LoggedErrors.ThrowIfAny(command, Output);
        }
    }

    private void Send(ProcessSignal signal)
    {
        if (Process.HasExited)
        {
            throw new InvalidOperationException($"The host has ended with {Process.ExitCode}:\n{Output}");
        }

        if (Kill(Process.Id, (int)signal) != 0)
        {
            throw new InvalidOperationException($"{signal} could not be sent: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    // https://man7.org/linux/man-pages/man2/kill.2.html
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    private void Append(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
