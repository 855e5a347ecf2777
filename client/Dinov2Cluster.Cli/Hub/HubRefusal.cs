using System.Net;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>Explains an answer that isn't the file, with advice.</summary>
internal static class HubRefusal
{
    public static Exception From(HttpResponseMessage response, HubModel model, Uri endpoint, bool withToken)
    {
        var page = new Uri(endpoint, model.Id);
        var host = response.RequestMessage!.RequestUri!.Authority;
        if (host != endpoint.Authority && response.StatusCode >= HttpStatusCode.BadRequest)
        {
            // The hub redirected here, to an address that expires: a retry gets a new one.
            return new TransientException($"{host}, where the hub keeps its files, answered {(int)response.StatusCode}; try again later");
        }

        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized when withToken =>
                new CommandException($"the hub rejects the token in HF_TOKEN for {model.Id}; set a valid token, and check the name"),
            HttpStatusCode.Unauthorized => new CommandException($"there is no public model {model.Id}; check the name, or set HF_TOKEN if it is private"),
            HttpStatusCode.Forbidden when withToken =>
                new CommandException($"the account of HF_TOKEN has no access to {model.Id}; ask for it, or accept the terms, at {page}"),
            HttpStatusCode.Forbidden => new CommandException($"access to {model.Id} is restricted; accept its terms at {page} and set HF_TOKEN"),
            HttpStatusCode.NotFound => new CommandException($"there is no model {model.Id} with the revision {model.Revision}; check both names at {page}"),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
                new TransientException($"{host} answered {(int)response.StatusCode}; try again later", response.Headers.RetryAfter?.Delta),
            _ => new CommandException($"{host} answered {(int)response.StatusCode}; check HF_ENDPOINT"),
        };
    }
}
