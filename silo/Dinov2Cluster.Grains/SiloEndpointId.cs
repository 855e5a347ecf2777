namespace Dinov2Cluster.Grains;

/// <summary>Ids of silo endpoints.</summary>
public static class SiloEndpointId
{
    // Any number that no other grain service of the cluster has.
    private const int TypeCode = 0x0d12_0002;

    /// <summary>The endpoint of the silo that listens to clients at an address.</summary>
    /// <param name="gateway">Address and port for clients, generation 0, as in the client's list of gateways.</param>
    public static GrainId At(SiloAddress gateway) => SystemTargetGrainId.CreateGrainServiceGrainId(TypeCode, null!, gateway);
}
