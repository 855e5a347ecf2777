using Dinov2Cluster.Gateway.Security;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Security;

public sealed class ApiKeyReaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _errors = [];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Keys_of_configuration_file_and_directory_come_together_by_name()
    {
        File.WriteAllText(_directory["keys.json"], $$"""
            {
              // A comment.
              "keys": [
                { "Name": "file", "Sha256": "{{TestKey.Sha256(2)}}", "ImageQuota": 5, "QuotaPeriod": "01:00:00", "ExpiresAt": "2026-01-02T03:04:05Z" },
              ]
            }
            """);
        var secrets = Directory.CreateDirectory(_directory["secrets"]).FullName;
        File.WriteAllText(Path.Combine(secrets, "plain"), TestKey.Text(3) + "\n");
        File.WriteAllText(Path.Combine(secrets, "hashed"), "sha256:" + TestKey.Sha256(4).ToUpperInvariant());
        var options = new AuthOptions
        {
            Keys =
            {
                new ApiKeyOptions { Name = "configured", Sha256 = TestKey.Sha256(1), ImagesPerSecond = 2.5 },
                new ApiKeyOptions { Name = "plain", RequestsPerSecond = 7 },
            },
            KeysFile = _directory["keys.json"],
            KeysDirectory = secrets,
        };

        var keys = ApiKeyReader.Read(options, _errors);

        Assert.Empty(_errors);
        Assert.Equal(["configured", "file", "hashed", "plain"], keys.Select(key => key.Name));
        Assert.Equal([1, 2, 4, 3], keys.Select(key => Enumerable.Range(1, 4).Single(seed => TestKey.Sha256(seed) == key.Sha256)));
        Assert.Equal(2.5, keys[0].Limits.ImagesPerSecond);
        Assert.Equal((5L, TimeSpan.FromHours(1)), (keys[1].Limits.ImageQuota!.Value, keys[1].Limits.QuotaPeriod));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), keys[1].ExpiresAt);
        Assert.False(keys[2].Limits.AreSet);
        Assert.Equal(7, keys[3].Limits.RequestsPerSecond);
    }

    [Fact]
    public void A_secret_as_Kubernetes_mounts_it_is_read()
    {
        Directory.CreateDirectory(_directory["..2026_01_01"]);
        File.WriteAllText(Path.Combine(_directory["..2026_01_01"], "team-a"), TestKey.Text(1));
        Directory.CreateSymbolicLink(_directory["..data"], "..2026_01_01");
        File.CreateSymbolicLink(_directory["team-a"], Path.Combine("..data", "team-a"));

        var key = Assert.Single(ApiKeyReader.Read(new AuthOptions { KeysDirectory = _directory.Path }, _errors));

        Assert.Empty(_errors);
        Assert.Equal(("team-a", TestKey.Sha256(1)), (key.Name, key.Sha256));
    }

    public static TheoryData<string, string, string> BadEntries => new()
    {
        { "", TestKey.Sha256(1), "Auth:Keys:0: a key's name must be" },
        { "a b", TestKey.Sha256(1), "Auth:Keys:0: a key's name must be" },
        { new string('a', 65), TestKey.Sha256(1), "Auth:Keys:0: a key's name must be" },
        { "a", "", "Auth:Keys:0:Sha256 is missing" },
        { "a", TestKey.Sha256(1)[1..], "Auth:Keys:0:Sha256 must be" },
        { "a", TestKey.Sha256(1) + "0", "Auth:Keys:0:Sha256 must be" },
        { "a", TestKey.Sha256(1) + "00", "Auth:Keys:0:Sha256 must be" },
        { "a", "g" + TestKey.Sha256(1)[1..], "Auth:Keys:0:Sha256 must be" },
        { "b", TestKey.Sha256(1), "Auth:Keys:1: there is another key named b." },
        { "c", TestKey.Sha256(2), "Auth: one key has several names: b, c." },
    };

    [Theory]
    [MemberData(nameof(BadEntries))]
    public void A_bad_entry_is_named_and_its_hash_not_told(string name, string sha256, string message)
    {
        var options = new AuthOptions
        {
            Keys = { new ApiKeyOptions { Name = name, Sha256 = sha256 }, new ApiKeyOptions { Name = "b", Sha256 = TestKey.Sha256(2) } },
        };

        _ = ApiKeyReader.Read(options, _errors);

        var error = Assert.Single(_errors);
        Assert.StartsWith(message, error, StringComparison.Ordinal);
        Assert.True(sha256.Length == 0 || !error.Contains(sha256, StringComparison.Ordinal));
    }

    [Fact]
    public void All_limits_that_make_no_sense_are_told_at_once()
    {
        var options = new AuthOptions
        {
            Keys =
            {
                new ApiKeyOptions { Name = "a", Sha256 = TestKey.Sha256(1), ImagesPerSecond = 0, RequestsPerSecond = double.NaN, ImageQuota = 0, QuotaPeriod = TimeSpan.Zero },
                new ApiKeyOptions { Name = "b", Sha256 = TestKey.Sha256(2), ImagesPerSecond = 100_001 },
            },
        };

        _ = ApiKeyReader.Read(options, _errors);

        Assert.Equal(
            ["Auth:Keys:0:ImagesPerSecond", "Auth:Keys:0:RequestsPerSecond", "Auth:Keys:0:ImageQuota", "Auth:Keys:0:QuotaPeriod", "Auth:Keys:1:ImagesPerSecond"],
            _errors.Select(error => error.Split(' ')[0]));
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("{\n\"Keys\": secret-secret", "line 2")]
    [InlineData("null", "should be a dictionary")]
    [InlineData("[]", "line 1")]
    [InlineData("{}", "line 1")]
    [InlineData("{\"Keys\":null}", "line 1")]
    [InlineData("{\"Keys\":[{\"Name\":null}]}", "line 1")]
    [InlineData("{\"Keys\":[{\"ImagePerSecond\":3}]}", "line 1")]
    public void A_broken_file_is_told_by_its_line_and_not_by_its_content(string json, string message)
    {
        File.WriteAllText(_directory["keys.json"], json);

        Assert.Empty(ApiKeyReader.Read(new AuthOptions { KeysFile = _directory["keys.json"] }, _errors));

        var error = Assert.Single(_errors);
        Assert.Contains("Auth:KeysFile", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-secret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("too-short-a-secret")]
    [InlineData("sha256:1234")]
    [InlineData("two words, which no header should hold like this")]
    public void A_file_that_holds_no_key_is_named_and_its_content_not_told(string content)
    {
        File.WriteAllText(_directory["team-a"], content);

        Assert.Empty(ApiKeyReader.Read(new AuthOptions { KeysDirectory = _directory.Path }, _errors));

        var error = Assert.Single(_errors);
        Assert.Contains("team-a", error, StringComparison.Ordinal);
        Assert.True(content.Length == 0 || !error.Contains(content, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_missing_or_too_large_is_an_error()
    {
        File.WriteAllText(_directory["large.json"], new string(' ', (1 << 20) + 1));
        Directory.CreateDirectory(_directory["keys"]);
        File.WriteAllText(Path.Combine(_directory["keys"], "large"), new string('a', 5000));

        _ = ApiKeyReader.Read(new AuthOptions { KeysFile = _directory["none.json"], KeysDirectory = _directory["none"] }, _errors);
        _ = ApiKeyReader.Read(new AuthOptions { KeysFile = _directory["large.json"], KeysDirectory = _directory["keys"] }, _errors);

        Assert.Equal(4, _errors.Count);
    }
}
