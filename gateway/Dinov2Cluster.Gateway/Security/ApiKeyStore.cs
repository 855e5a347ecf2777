using System.Security.Cryptography;
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

/// <summary>The API keys of one reading.</summary>
internal sealed class ApiKeySet(IReadOnlyList<ApiKeyEntry> entries, ApiKeySet? before, CallerFactory callers)
{
    private readonly ApiKey[] _keys = [.. entries.Select(entry =>
        new ApiKey(entry.Name, Convert.FromHexString(entry.Sha256), entry.ExpiresAt, before?.CallerOf(entry) ?? callers.Create(entry.Name, entry.Limits)))];

    /// <summary>Whether two hashes are the same.</summary>
    internal delegate bool HashEquals(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right);

    /// <summary>The keys as they were read.</summary>
    public IReadOnlyList<ApiKeyEntry> Entries => entries;

    /// <summary>Finds a key. The time that it takes depends neither on the key nor on the match.</summary>
    public ApiKey? Find(ReadOnlySpan<char> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        return ApiKeyText.TryHash(key, hash) ? Find(hash, CryptographicOperations.FixedTimeEquals) : null;
    }

    /// <summary>Compares a hash with that of every key, even after a match.</summary>
    internal ApiKey? Find(ReadOnlySpan<byte> hash, HashEquals equals)
    {
        ApiKey? found = null;
        foreach (var key in _keys)
        {
            if (equals(key.Hash.Span, hash))
            {
                found = key;
            }
        }

        return found;
    }

    // A caller's usage survives a new reading and a new key.
    private LimitedCaller? CallerOf(ApiKeyEntry entry) => Array.Find(_keys, key => key.Name == entry.Name && key.Caller.Limits == entry.Limits)?.Caller;
}

/// <summary>A key that callers may have.</summary>
/// <param name="Name">Who has it.</param>
/// <param name="Hash">Its SHA-256, 32 bytes.</param>
/// <param name="ExpiresAt">When it expires; null for never.</param>
/// <param name="Caller">Who has it, and what they have asked for.</param>
internal sealed record ApiKey(string Name, ReadOnlyMemory<byte> Hash, DateTimeOffset? ExpiresAt, LimitedCaller Caller);

/// <summary>A key as it was read.</summary>
/// <param name="Name">Who has it.</param>
/// <param name="Sha256">Its SHA-256, 64 lower-case hexadecimal digits.</param>
/// <param name="ExpiresAt">When it expires; null for never.</param>
/// <param name="Limits">How much its owner may ask for.</param>
internal sealed record ApiKeyEntry(string Name, string Sha256, DateTimeOffset? ExpiresAt, CallerLimits Limits);
