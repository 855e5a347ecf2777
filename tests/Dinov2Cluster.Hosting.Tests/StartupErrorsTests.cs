using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Hosting.Tests;

public sealed class StartupErrorsTests
{
    [Fact]
    public void All_failures_of_all_options_are_told_once()
    {
        var error = new AggregateException(Invalid("a", "b"), Invalid("b", "c"));

        Assert.Equal(["a", "b", "c"], StartupErrors.Describe(error));
    }

    [Fact]
    public void A_value_of_the_wrong_type_is_told_as_the_binder_says_it()
    {
        var error = new InvalidOperationException("Failed to convert configuration value 'x' at 'Cluster:SiloPort' to type 'System.Int32'.", new FormatException());

        Assert.Equal([error.Message], StartupErrors.Describe(error));
    }

    [Theory]
    [InlineData("Ports", "1", "'Ports'")]
    [InlineData("Port", "x", "'Section:Port'")]
    public void What_a_strict_binder_refuses_is_told_with_the_setting(string setting, string value, string told)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Section:" + setting, value)]).Build();
        var error = Assert.Throws<InvalidOperationException>(
            () => configuration.GetSection("Section").Get<Options>(binder => binder.ErrorOnUnknownConfiguration = true));

        Assert.Contains(told, Assert.Single(StartupErrors.Describe(error) ?? []), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_other_exception_is_no_configuration_error()
    {
        Assert.Null(StartupErrors.Describe(new InvalidOperationException("A bug.")));
        Assert.Null(StartupErrors.Describe(new AggregateException(Invalid("a"), new IOException("disk"))));
    }

    private static OptionsValidationException Invalid(params string[] failures) => new("", typeof(object), failures);

    private sealed class Options
    {
        public int Port { get; set; }
    }
}
