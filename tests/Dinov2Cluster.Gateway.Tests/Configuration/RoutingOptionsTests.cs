using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Tests.Configuration;

public sealed class RoutingOptionsTests
{
    [Theory]
    [InlineData("Routing:AttemptSlack", "00:00:00")]
    [InlineData("Routing:AttemptSlack", "01:00:00")]
    [InlineData("Routing:RetryBudgetImages", "-1")]
    public void A_setting_that_makes_no_sense_stops_the_start_and_is_named(string key, string value)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Validate(key, value));

        Assert.Contains(key.Split(':')[1], Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Routing:AttemptSlack", "00:00:00.100")]
    [InlineData("Routing:RetryBudgetImages", "0")]
    public void Others_do_not(string key, string value) => Validate(key, value);

    private static void Validate(string key, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        using var services = new ServiceCollection().AddClusterRouting(configuration).BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();
    }
}
