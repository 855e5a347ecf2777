using System.Collections.Frozen;
using System.Collections.Immutable;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>What the cluster serves. Immutable: a request reads one view and keeps it.</summary>
internal sealed class ClusterView
{
    private readonly FrozenDictionary<string, ModelRoute> _routes;
    private readonly FrozenDictionary<DeviceAddress, DeviceState> _devices;

    private ClusterView(Dictionary<string, ModelRoute> routes, Dictionary<DeviceAddress, DeviceState> devices)
    {
        _routes = routes.ToFrozenDictionary(StringComparer.Ordinal);
        _devices = devices.ToFrozenDictionary();
        Models = [.. routes.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>A cluster that serves nothing.</summary>
    public static ClusterView Empty { get; } = new([], []);

    /// <summary>Names of the served models, in ordinal order.</summary>
    public ImmutableArray<string> Models { get; }

    /// <summary>The route of a model, or null.</summary>
    public ModelRoute? Find(string model) => _routes.GetValueOrDefault(model);

    /// <summary>The next view: the silos' catalogs, with the counters of the devices that stay.</summary>
    public ClusterView Next(IEnumerable<(SiloMember Silo, SiloCatalog Catalog)> silos, TimeProvider time)
    {
        var routes = new Dictionary<string, ModelRoute>(StringComparer.Ordinal);
        var devices = new Dictionary<DeviceAddress, DeviceState>();
        var offers = silos.Where(silo => !silo.Catalog.Draining)
            .SelectMany(silo => silo.Catalog.Offers, (silo, offer) => (silo.Silo.Endpoint, Offer: offer))
            .OrderBy(offered => offered.Offer.Address.ToString(), StringComparer.Ordinal);
        foreach (var (endpoint, offer) in offers)
        {
            var model = new ServedModel(
                offer.Address.Model, offer.EmbeddingSize, offer.ShortestEdge, offer.CropSize, offer.Checksum, offer.PatchTokens, offer.Normalization);
            var route = routes.GetValueOrDefault(model.Name) ?? new ModelRoute(model, []);
            // While a repository is changed, two silos can serve different models under one name.
            // All rows of a reply must come from one model: the first one is served, the other waits.
            if (route.Model == model)
            {
                var device = _devices.GetValueOrDefault(offer.Address) ?? new DeviceState(offer.Address, time);
                device.Follow(offer, endpoint);
                devices[offer.Address] = device;
                routes[model.Name] = route with { Devices = route.Devices.Add(device) };
            }
        }

        return new(routes, devices);
    }
}

/// <summary>A model and the devices that serve it.</summary>
internal sealed record ModelRoute(ServedModel Model, ImmutableArray<DeviceState> Devices);
