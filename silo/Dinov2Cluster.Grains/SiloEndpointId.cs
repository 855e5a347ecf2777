namespace Dinov2Cluster.Grains;

/// <summary>Where the doors of the silos are.</summary>
public static class SiloEndpointId
{
    // Any number that no other grain service of the cluster has.
    private const int TypeCode = 0x0d12_0002;

    /// <summary>The door of the silo that listens to clients there.</summary>
    /// <param name="gateway">Address and port for clients, generation 0: so the client finds it among the gateways it knows.</param>
    public static GrainId At(SiloAddress gateway) => SystemTargetGrainId.CreateGrainServiceGrainId(TypeCode, null!, gateway);
}
