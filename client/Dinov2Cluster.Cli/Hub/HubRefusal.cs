using System.Net;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>Makes of an answer that isn't the file what to say, with advice.</summary>
internal static class HubRefusal
{
    public static Exception From(HttpResponseMessage response, HubModel model, Uri endpoint, bool withToken)
    {
        var page = new Uri(endpoint, model.Id);
        var host = response.RequestMessage!.RequestUri!.Authority;
        if (host != endpoint.Authority && response.StatusCode >= HttpStatusCode.BadRequest)
        {
            // Where the hub has led to, with an address that expires: it gives a new one.
            return new TransientException($"{host}, where the hub keeps its files, answered {(int)response.StatusCode}; try again later");
        }

        switch (response.StatusCode)
        {
            case HttpStatusCode.Unauthorized when withToken:
                return new CommandException($"the hub doesn't take the token in HF_TOKEN for {model.Id}; set one that is valid, and check the name");
            case HttpStatusCode.Unauthorized:
                return new CommandException($"there is no public model {model.Id}; check the name, or set HF_TOKEN if it is private");
            case HttpStatusCode.Forbidden when withToken:
                return new CommandException($"the account of HF_TOKEN has no access to {model.Id}; ask for it, or accept the terms, at {page}");
            case HttpStatusCode.Forbidden:
                return new CommandException($"{model.Id} is not open to everybody; accept its terms at {page} and set HF_TOKEN");
            case HttpStatusCode.NotFound:
                return new CommandException($"there is no model {model.Id} with the revision {model.Revision}; check both names at {page}");
            case HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                var after = response.Headers.RetryAfter?.Delta;
                return new TransientException($"{host} answered {(int)response.StatusCode}; try again later", after);
            default:
                return new CommandException($"{host} answered {(int)response.StatusCode}; check HF_ENDPOINT");
        }
    }
}
