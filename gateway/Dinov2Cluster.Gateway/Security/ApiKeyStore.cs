using Dinov2Cluster.Hosting;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>
/// The valid keys: read at start, and again every <see cref="Period"/>. Content is compared, and no file is watched, since a mounted
/// secret changes by a link to another directory. If any key is bad, all stay as they were.
/// </summary>
internal sealed class ApiKeyStore : IHostedService, IDisposable
{
    /// <summary>Time between readings.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly IConfiguration _configuration;
    private readonly CallerFactory _callers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile ApiKeySet _keys;
    private volatile bool _hasHadKeys;
    private string _loggedErrors = "";
    private ITimer? _timer;

    /// <exception cref="OptionsValidationException">A key is bad.</exception>
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

    /// <summary>Whether there has ever been a key: removing the last one must not open the gateway.</summary>
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
        // Readings of a slow disk must not pile up.
        if (!_lock.TryEnter())
        {
            return;
        }

        try
        {
            var errors = new List<string>();
            var entries = ReadAgain(errors);
            // Logged once, not every few seconds.
            var text = string.Join(' ', errors);
            if (text.Length > 0 && text != _loggedErrors)
            {
                SecurityLog.KeysBroken(_logger, text);
            }

            _loggedErrors = text;
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
