using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Tests.Terminal;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("10s", 10)]
    [InlineData("1.5m", 90)]
    [InlineData("24h", 86_400)]
    [InlineData("7", 7)]
    public void A_number_has_a_unit(string text, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Durations.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("0")]
    [InlineData("25h")]
    [InlineData("1d")]
    [InlineData("1e9s")]
    [InlineData("NaN")]
    [InlineData("1 s")]
    public void What_is_not_a_duration_is_none(string text) => Assert.Null(Durations.TryParse(text));

    [Theory]
    [InlineData(-3, "0s")]
    [InlineData(9.9, "9s")]
    [InlineData(326, "5m 26s")]
    [InlineData(7200, "2h 0m")]
    [InlineData(273_600, "3d 4h")]
    public void A_duration_is_shown_in_its_two_largest_units(double seconds, string expected) => Assert.Equal(expected, Durations.Format(TimeSpan.FromSeconds(seconds)));
}
