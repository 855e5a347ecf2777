namespace Dinov2Cluster.Gateway.Security;

/// <summary>Merges the keys of configuration, file and directory.</summary>
internal sealed class ApiKeyReader
{
    private static readonly CallerLimits _unlimited = new(null, null, null, TimeSpan.Zero);

    private readonly Dictionary<string, ApiKeyEntry> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _directory;
    private readonly List<string> _errors;

    private ApiKeyReader(AuthOptions options, List<string> errors)
    {
        _errors = errors;
        _directory = options.KeysDirectory.Length > 0 ? ApiKeyFiles.ReadDirectory(options.KeysDirectory, errors) : [];
    }

    /// <summary>All keys, ordered by name; adds each problem to <paramref name="errors"/>.</summary>
    public static IReadOnlyList<ApiKeyEntry> Read(AuthOptions options, List<string> errors)
    {
        var reader = new ApiKeyReader(options, errors);
        reader.AddEntries("Auth:Keys", options.Keys);
        if (options.KeysFile.Length > 0)
        {
            reader.AddEntries("Auth:KeysFile:Keys", ApiKeyFiles.ReadFile(options.KeysFile, errors));
        }

        // The rest has no entry.
        foreach (var (name, sha256) in reader._directory)
        {
            reader.Add("Auth:KeysDirectory", new(name, sha256, ExpiresAt: null, _unlimited));
        }

        reader.CheckDistinct();
        return [.. reader._keys.Values.OrderBy(key => key.Name, StringComparer.Ordinal)];
    }

    private void AddEntries(string list, IEnumerable<ApiKeyOptions> entries)
    {
        foreach (var (i, entry) in entries.Index())
        {
            var section = $"{list}:{i}";
            var limits = CallerLimits.Read(section, entry, _errors);
            if (FindHash(section, entry) is { } sha256)
            {
                Add(section, new(entry.Name, sha256, entry.ExpiresAt, limits));
            }
        }
    }

    private string? FindHash(string section, ApiKeyOptions entry)
    {
        if (entry.Sha256.Length == 0)
        {
            if (_directory.Remove(entry.Name, out var inDirectory))
            {
                return inDirectory;
            }

            _errors.Add($"{section}:Sha256 is missing, and Auth:KeysDirectory has no key of that name.");
            return null;
        }

        if (ApiKeyText.TryReadHash(entry.Sha256, out var sha256))
        {
            return sha256;
        }

        _errors.Add($"{section}:Sha256 must be the key's SHA-256, 64 hexadecimal digits.");
        return null;
    }

    private void Add(string section, ApiKeyEntry key)
    {
        if (!ApiKeyText.IsName(key.Name))
        {
            _errors.Add($"{section}: a key's name must be 1 to 64 letters, digits, dots, dashes and underscores.");
        }
        else if (!_keys.TryAdd(key.Name, key))
        {
            _errors.Add($"{section}: there is another key named {key.Name}.");
        }
    }

    private void CheckDistinct()
    {
        foreach (var same in _keys.Values.GroupBy(key => key.Sha256, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            _errors.Add($"Auth: one key has several names: {string.Join(", ", same.Select(key => key.Name).Order(StringComparer.Ordinal))}.");
        }
    }
}
