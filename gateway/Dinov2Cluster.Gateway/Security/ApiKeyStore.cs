using Dinov2Cluster.Hosting;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>
/// The keys that are good now: read at start, and every <see cref="Period"/> again. Content is compared and no file is watched, since a mounted
/// secret changes by a link to another directory. When something is wrong with any of them, all stay as they were.
/// </summary>
internal sealed class ApiKeyStore : IHostedService, IDisposable
{
    /// <summary>Time from one reading to the next.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly IConfiguration _configuration;
    private readonly CallerFactory _callers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile ApiKeySet _keys;
    private volatile bool _hasHadKeys;
    private string _toldErrors = "";
    private ITimer? _timer;

    /// <exception cref="OptionsValidationException">Something is wrong with the keys.</exception>
    public ApiKeyStore(IConfiguration configuration, CallerFactory callers, TimeProvider time, ILogger<ApiKeyStore> logger)
    {
        (_configuration, _callers, _time, _logger) = (configuration, callers, time, logger);
        var errors = new List<string>();
        _keys = new ApiKeySet([], before: null, callers);
        Use(Read(errors));
        if (errors.Count > 0)
        {
            throw new OptionsValidationException(AuthOptions.Section, typeof(AuthOptions), errors);
        }
    }

    /// <summary>The keys.</summary>
    public ApiKeySet Keys => _keys;

    /// <summary>Whether there was a key at any time: taking the last one away must not open the gateway.</summary>
    public bool HasHadKeys => _hasHadKeys;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = _time.CreateTimer(_ => Reload(), state: null, Period, Period);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    private IReadOnlyList<ApiKeyEntry> Read(List<string> errors)
    {
        var options = new AuthOptions();
        _configuration.GetSection(AuthOptions.Section).Bind(options, AuthOptions.BeStrict);
        return ApiKeyReader.Read(options, errors);
    }

    private void Reload()
    {
        // A slow disk must not pile up readings.
        if (!_lock.TryEnter())
        {
            return;
        }

        try
        {
            var errors = new List<string>();
            var entries = ReadAgain(errors);
            // Told once, not every few seconds.
            var told = string.Join(' ', errors);
            if (told.Length > 0 && told != _toldErrors)
            {
                SecurityLog.KeysBroken(_logger, told);
            }

            _toldErrors = told;
            if (errors.Count == 0)
            {
                Use(entries);
            }
        }
        finally
        {
            _lock.Exit();
        }
    }

    private IReadOnlyList<ApiKeyEntry> ReadAgain(List<string> errors)
    {
        try
        {
            return Read(errors);
        }
        catch (Exception exception)
        {
            errors.AddRange(StartupErrors.Describe(exception) ?? [exception.GetType().Name]);
            return [];
        }
    }

    private void Use(IReadOnlyList<ApiKeyEntry> entries)
    {
        if (entries.SequenceEqual(_keys.Entries))
        {
            return;
        }

        _keys = new ApiKeySet(entries, _keys, _callers);
        _hasHadKeys |= entries.Count > 0;
        SecurityLog.KeysRead(_logger, entries.Count);
    }
}
