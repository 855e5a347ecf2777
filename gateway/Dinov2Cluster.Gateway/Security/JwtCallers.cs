using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>The callers that tokens name. Callers with unused limits are forgotten, so memory follows the recent callers.</summary>
internal sealed class JwtCallers
{
    // Not a valid name of a key.
    private const string Tag = "(jwt)";
    private const int LeastToForget = 1024;

    private readonly ConcurrentDictionary<string, LimitedCaller> _callers = new(StringComparer.Ordinal);
    private readonly CallerFactory _factory;
    private readonly CallerLimits _limits;
    private readonly LimitedCaller? _anybody;
    private readonly Lock _forgetting = new();
    private int _forgetAt = LeastToForget;

    public JwtCallers(CallerFactory factory, IOptions<AuthOptions> options)
    {
        _factory = factory;
        _limits = CallerLimits.Read("Auth:Jwt", options.Value.Jwt, errors: []);
        _anybody = _limits.AreSet ? null : factory.Create(Tag, _limits);
    }

    /// <summary>Number of callers in memory.</summary>
    public int Count => _callers.Count;

    /// <summary>The caller of that name.</summary>
    public LimitedCaller Find(string name)
    {
        if (_anybody is not null)
        {
            return _anybody;
        }

        var caller = _callers.GetOrAdd(name, static (_, self) => self._factory.Create(Tag, self._limits), this);
        if (_callers.Count > Volatile.Read(ref _forgetAt))
        {
            Forget();
        }

        return caller;
    }

    private void Forget()
    {
        lock (_forgetting)
        {
            if (_callers.Count <= _forgetAt)
            {
                return;
            }

            foreach (var (name, caller) in _callers)
            {
                if (caller.IsIdle)
                {
                    _callers.TryRemove(KeyValuePair.Create(name, caller));
                }
            }

            // Twice as many, so that the search for idle callers costs little per caller.
            Volatile.Write(ref _forgetAt, Math.Max(LeastToForget, _callers.Count * 2));
        }
    }
}
