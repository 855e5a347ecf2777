using Dinov2Cluster.TestSupport;
using System.Globalization;
using System.Net;

namespace Dinov2Cluster.Hosting.Tests;

public sealed class HealthCheckTests
{
    [Theory]
    [InlineData("http://127.0.0.1:9090", "http://127.0.0.1:9090/health/ready")]
    [InlineData("http://+:9090", "http://127.0.0.1:9090/health/ready")]
    [InlineData("http://*:9090/", "http://127.0.0.1:9090/health/ready")]
    [InlineData("http://0.0.0.0:9090", "http://127.0.0.1:9090/health/ready")]
    [InlineData("http://[::]:9090", "http://[::1]:9090/health/ready")]
    [InlineData("http://[fd00::3]:9090", "http://[fd00::3]:9090/health/ready")]
    [InlineData("http://localhost:9090", "http://localhost:9090/health/ready")]
    [InlineData("https://+:9443", "https://127.0.0.1:9443/health/ready")]
    public void It_asks_where_the_host_listens(string listening, string question) =>
        Assert.Equal(question, HealthCheck.Question(listening).AbsoluteUri);

    [Theory]
    [InlineData(false)]
    [InlineData(true, "--health")]
    [InlineData(true, "--Silo:HttpUrl", "http://127.0.0.1:1", "--health")]
    [InlineData(false, "--urls", "http://127.0.0.1:1")]
    public void One_argument_makes_a_program_ask(bool expected, params string[] arguments) =>
        Assert.Equal(expected, HealthCheck.IsAsked(arguments));

    [Theory]
    [InlineData(HttpStatusCode.OK, 0)]
    [InlineData(HttpStatusCode.ServiceUnavailable, 1)]
    public async Task The_exit_code_is_the_answer(HttpStatusCode status, int exitCode)
    {
        var address = FreeAddress();
        using var listener = new HttpListener { Prefixes = { address + "/" } };
        listener.Start();
        var check = HealthCheck.RunAsync(address);

        var context = await listener.GetContextAsync();
        context.Response.StatusCode = (int)status;
        context.Response.Close();

        Assert.Equal("/health/ready", context.Request.RawUrl);
        Assert.Equal(exitCode, await check);
    }

    [Fact]
    public async Task A_host_that_does_not_listen_is_not_ready() => Assert.Equal(1, await HealthCheck.RunAsync(FreeAddress()));

    [Theory]
    [InlineData("")]
    [InlineData("nonsense:::")]
    public async Task An_address_that_is_none_is_not_ready(string listening) => Assert.Equal(1, await HealthCheck.RunAsync(listening));

    private static string FreeAddress() => "http://127.0.0.1:" + FreePort.Take(1)[0].ToString(CultureInfo.InvariantCulture);
}
