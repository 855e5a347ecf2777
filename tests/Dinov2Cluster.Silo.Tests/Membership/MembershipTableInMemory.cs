namespace Dinov2Cluster.Silo.Tests.Membership;

/// <summary>Orleans' membership table without a store: rows with etags, and a version that each write must name.</summary>
internal sealed class MembershipTableInMemory : IMembershipTable
{
    private readonly Dictionary<SiloAddress, Tuple<MembershipEntry, string>> _rows = [];
    private TableVersion _version = new(0, "0");

    public MembershipTableData Read() => new([.. _rows.Values], _version);

    public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.CompletedTask;

    public Task DeleteMembershipTableEntries(string clusterId) => throw new NotSupportedException();

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => throw new NotSupportedException();

    public Task UpdateIAmAlive(MembershipEntry entry) => throw new NotSupportedException();

    public Task<MembershipTableData> ReadRow(SiloAddress key) => throw new NotSupportedException();

    public Task<MembershipTableData> ReadAll() => Task.FromResult(Read());

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        Task.FromResult(!_rows.ContainsKey(entry.SiloAddress) && Write(entry, tableVersion));

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        Task.FromResult(_rows.TryGetValue(entry.SiloAddress, out var row) && row.Item2 == etag && Write(entry, tableVersion));

    private bool Write(MembershipEntry entry, TableVersion version)
    {
        if (version.VersionEtag != _version.VersionEtag)
        {
            return false;
        }

        _version = new(version.Version, version.Version.ToString(System.Globalization.CultureInfo.InvariantCulture));
        _rows[entry.SiloAddress] = Tuple.Create(entry, _version.VersionEtag);
        return true;
    }
}
