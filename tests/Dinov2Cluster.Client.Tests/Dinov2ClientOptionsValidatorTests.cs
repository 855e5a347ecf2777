namespace Dinov2Cluster.Client.Tests;

public sealed class Dinov2ClientOptionsValidatorTests
{
    public static TheoryData<string, Action<Dinov2ClientOptions>> Faults => new()
    {
        { "Address", options => options.Address = null },
        { "Address", options => options.Address = new Uri("/score", UriKind.Relative) },
        { "Address", options => options.Address = new Uri("ftp://gateway") },
        { "Protocol", options => options.Protocol = (Dinov2Protocol)2 },
        { "ApiKey", options => options.ApiKey = "" },
        { "ApiKey", options => options.ApiKey = "secret\r\nHost: elsewhere" },
        { "Model", options => options.Model = " " },
        { "Concurrency", options => options.Concurrency = 0 },
        { "Concurrency", options => options.Concurrency = 4097 },
        { "ImagesPerRequest", options => options.ImagesPerRequest = 257 },
        { "MaxImageBytes", options => options.MaxImageBytes = 0 },
        { "MaxImageBytes", options => options.MaxImageBytes = 125_000_001 },
        { "Deadline", options => options.Deadline = TimeSpan.Zero },
        { "Deadline", options => options.Deadline = TimeSpan.FromDays(2) },
        { "MaxRetries", options => options.MaxRetries = -1 },
        { "RetryBaseDelay", options => options.RetryBaseDelay = TimeSpan.FromSeconds(11) },
        { "RetryBaseDelay", options => options.RetryBaseDelay = TimeSpan.FromSeconds(-1) },
        { "RetryMaxDelay", options => options.RetryMaxDelay = TimeSpan.FromDays(1) },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void A_wrong_setting_is_named_and_a_key_is_not_told(string name, Action<Dinov2ClientOptions> configure)
    {
        var options = new Dinov2ClientOptions { Address = new Uri("http://gateway:8081") };
        configure(options);

        var failure = Assert.Single(Dinov2ClientOptionsValidator.Failures(options));
        Assert.StartsWith(name, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Dinov2Client(options));
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => new Dinov2Client(new Dinov2ClientOptions { Concurrency = 0, MaxRetries = -1 }));

        Assert.All(["Address", "Concurrency", "MaxRetries"], name => Assert.Contains(name, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_calls_own_options_are_checked_too()
    {
        await using var client = new Dinov2Client(new Uri("http://127.0.0.1:8081"));
        EmbedOptions[] wrong =
        [
            new() { Model = "a\nb" },
            new() { Output = (EmbedOutput)9 },
            new() { Priority = (EmbedPriority)9 },
            new() { Deadline = TimeSpan.Zero },
        ];
        foreach (var options in wrong)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => client.EmbedAsync(new byte[1], options, TestContext.Current.CancellationToken));
            Assert.Throws<ArgumentException>(() => client.EmbedManyAsync([], options, TestContext.Current.CancellationToken));
        }
    }
}
