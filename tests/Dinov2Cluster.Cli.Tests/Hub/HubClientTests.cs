using Microsoft.AspNetCore.Http;

namespace Dinov2Cluster.Cli.Tests.Hub;

/// <summary>Possible answers of a hub or a proxy, and possible input of a user.</summary>
public sealed class HubClientTests : PullTestBase
{
    [Fact]
    public async Task Redirects_without_end_are_refused()
    {
        Hub.Intercept = (context, _) =>
        {
            context.Response.Redirect(context.Request.Path);
            return Task.FromResult(true);
        };

        (await PullAsync()).AssertFailed("answered 302; check HF_ENDPOINT");
        Assert.Equal(6, Hub.Requests.Count);
    }

    [Theory]
    [InlineData(401, null, "there is no public model facebook/dinov2-nano; check the name, or set HF_TOKEN if it is private")]
    [InlineData(401, "hf_x", "the hub rejects the token in HF_TOKEN")]
    [InlineData(403, null, "accept its terms at {0}/facebook/dinov2-nano and set HF_TOKEN")]
    [InlineData(403, "hf_x", "the account of HF_TOKEN has no access to facebook/dinov2-nano; ask for it, or accept the terms, at {0}/facebook/dinov2-nano")]
    [InlineData(404, null, "there is no model facebook/dinov2-nano with the revision main; check both names at {0}/facebook/dinov2-nano")]
    [InlineData(418, null, "answered 418; check HF_ENDPOINT")]
    public async Task A_refusal_is_said_at_once_with_advice(int status, string? token, string expected)
    {
        if (token is not null)
        {
            Variables["HF_TOKEN"] = token;
        }

        Hub.Intercept = (context, _) =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };

        (await PullAsync()).AssertFailed(expected.Replace("{0}", Hub.Endpoint, StringComparison.Ordinal));
        Assert.Single(Hub.Requests);
        Assert.Empty(Time.Passed);
    }

    [Fact]
    public async Task A_busy_hub_is_asked_again_when_it_says()
    {
        var answers = new Queue<int>([429, 503]);
        Hub.Intercept = (context, _) =>
        {
            if (answers.TryDequeue(out var status))
            {
                context.Response.StatusCode = status;
                context.Response.Headers.RetryAfter = status == 429 ? "7" : "100000";
                return Task.FromResult(true);
            }

            return Task.FromResult(false);
        };

        Assert.Equal(0, (await PullAsync()).ExitCode);

        Assert.Equal([7, 25], Time.Passed.Select(pause => pause.TotalSeconds));
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../model.safetensors"}}""", "named without a path")]
    [InlineData("""{"weight_map":{"a":"/etc/x.safetensors"}}""", "named without a path")]
    [InlineData("""{"weight_map":{"a":"a\\b.safetensors"}}""", "named without a path")]
    [InlineData("""{"weight_map":{"a":"config.json"}}""", "named without a path")]
    [InlineData("""{"weight_map":{"a":"none.safetensors"}}""", "has no none.safetensors")]
    [InlineData("[]", "not a safetensors index")]
    public async Task Hostile_names_of_shards_are_refused(string index, string expected)
    {
        Hub.Files.Remove(Weights);
        Hub.Files["model.safetensors.index.json"] = System.Text.Encoding.UTF8.GetBytes(index);
        Hub.Files["../model.safetensors"] = [1];

        var run = await PullAsync();

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Output));
        Assert.All(Hub.Requests, request => Assert.DoesNotContain("..", request.Path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("config.json", "has no config.json")]
    [InlineData(Weights, "has no model.safetensors")]
    public async Task A_model_that_lacks_a_file_is_refused(string name, string expected)
    {
        Hub.Files.Remove(name);

        (await PullAsync()).AssertFailed(expected);
    }

    [Fact]
    public async Task Weights_without_a_checksum_are_refused()
    {
        Hub.ChangeListing = listing => Sibling(listing, Weights)["lfs"]!.AsObject().Remove("sha256");

        (await PullAsync()).AssertFailed("has no model.safetensors (with a checksum)");
    }

    [Fact]
    public async Task A_configuration_that_is_too_large_is_refused()
    {
        Hub.ChangeListing = listing => Sibling(listing, "config.json")["size"] = 2_000_000;

        (await PullAsync()).AssertFailed("config.json has 2.0 MB, more than the 1.0 MB that such a file may have");
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"sha":"main","siblings":[]}""")]
    [InlineData("""{"sha":"../../../../../../../../../../../../../../etc","siblings":[]}""")]
    [InlineData("""{"sha":"0123456789abcdef0123456789abcdef01234567"}""")]
    public async Task An_answer_that_is_no_listing_is_refused(string answer)
    {
        Hub.Intercept = async (context, _) =>
        {
            await context.Response.WriteAsync(answer, Token);
            return true;
        };

        (await PullAsync()).AssertFailed("doesn't answer like a Hugging Face hub; check HF_ENDPOINT");
    }

    [Fact]
    public async Task A_listing_without_end_is_refused()
    {
        Hub.Intercept = async (context, _) =>
        {
            await context.Response.Body.WriteAsync(new byte[(16 << 20) + 1], context.RequestAborted);
            return true;
        };

        (await PullAsync()).AssertFailed("has more files than can be listed");
    }

    [Theory]
    [InlineData("HF_ENDPOINT", "ftp://x", "which is not the address of a hub")]
    [InlineData("HF_ENDPOINT", "huggingface.co", "which is not the address of a hub")]
    [InlineData("HF_TOKEN", "hf_\u00e4", "HF_TOKEN has characters that a token can't have")]
    [InlineData("HF_TOKEN", "hf_1\r\nHost: x", "HF_TOKEN has characters that a token can't have")]
    public async Task Bad_variables_are_refused(string variable, string value, string expected)
    {
        Variables[variable] = value;

        (await PullAsync()).AssertFailed(expected);
    }

    [Theory]
    [InlineData("..", "main", "is not a model's name")]
    [InlineData("a/b/c", "main", "is not a model's name")]
    [InlineData("facebook/../x", "main", "is not a model's name")]
    [InlineData("-x", "main", "is not a model's name")]
    [InlineData("a b", "main", "is not a model's name")]
    [InlineData("facebook/dinov2-nano", "../x", "is not a revision")]
    public async Task Names_that_no_model_has_are_refused(string name, string revision, string expected) =>
        (await RunAsync(["model", "pull", "--revision", revision, "--output", Output, "--", name], long.MaxValue, Token)).AssertFailed(expected);
}
