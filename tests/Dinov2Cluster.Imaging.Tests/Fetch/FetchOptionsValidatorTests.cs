using Dinov2Cluster.Imaging.Fetch;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

public class FetchOptionsValidatorTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.True(new FetchOptionsValidator().Validate(null, new FetchOptions()).Succeeded);

    [Fact]
    public void All_faults_are_named_at_once()
    {
        var result = new FetchOptionsValidator().Validate(null, Faulty());
        Assert.Equal(7, result.Failures!.Count());
        Assert.All(
            ["MaxBytes", "MaxRedirects", "ConnectTimeout", "TotalTimeout", "AllowedPorts", "AllowedHosts", "AllowedNetworks"],
            name => Assert.Contains(result.Failures!, fault => fault.StartsWith(name, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_fetcher_is_not_made_from_faulty_options()
    {
        var exception = Assert.Throws<OptionsValidationException>(
            () => new ImageFetcher(Options.Create(Faulty()), TimeProvider.System, NullLogger<ImageFetcher>.Instance));
        Assert.Equal(7, exception.Failures.Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("a.*.example")]
    [InlineData("*images.internal")]
    [InlineData("http://images.internal")]
    [InlineData("images.internal/path")]
    [InlineData("images.internal:")]
    [InlineData("images.internal:0")]
    [InlineData("images.internal:65536")]
    [InlineData("images.internal:http")]
    [InlineData("images.internal:80:80")]
    [InlineData("127.0.0.1")]
    [InlineData("127.1")]
    [InlineData("[::1]")]
    [InlineData("bücher.example")]
    public void An_invalid_host_entry_is_a_fault(string entry)
    {
        var options = new FetchOptions { AllowedHosts = { entry } };
        Assert.Contains($"'{entry}'", Assert.Single(new FetchOptionsValidator().Validate(null, options).Failures!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.1")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/8:")]
    [InlineData("10.0.0.0/8:0")]
    [InlineData("10/8")]
    [InlineData("010.0.0.0/8")]
    [InlineData("images.internal/8")]
    [InlineData("fd00::1/8")]
    [InlineData("fd00::/129")]
    [InlineData("::ffff:10.0.0.0/104")]
    public void An_invalid_network_entry_is_a_fault(string entry)
    {
        var options = new FetchOptions { AllowedNetworks = { entry } };
        Assert.Contains($"'{entry}'", Assert.Single(new FetchOptionsValidator().Validate(null, options).Failures!), StringComparison.Ordinal);
    }

    private static FetchOptions Faulty() => new()
    {
        MaxBytes = 0,
        MaxRedirects = -1,
        ConnectTimeout = TimeSpan.Zero,
        TotalTimeout = TimeSpan.FromDays(2),
        AllowedPorts = { 65536 },
        AllowedHosts = { "http://images.internal" },
        AllowedNetworks = { "10.0.0.1/8" },
    };
}
