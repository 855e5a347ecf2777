namespace Dinov2Cluster.Silo.Membership;

/// <summary>What this silo last wrote of itself, to be written again when a restored table is older than that.</summary>
/// <remarks>
/// The silo that puts a lost table back may not have read the newest one: the row of a silo that had just become active can come back as
/// that of a joining one. Only the silo itself ever corrects that; votes and declarations of death are made anew by the probes.
/// </remarks>
internal sealed class OwnRow(ILocalSiloDetails self)
{
    private volatile MembershipEntry? _written;

    /// <summary>Remembers a row that was written, when it is the silo's own.</summary>
    public void Remember(MembershipEntry written)
    {
        if (written.SiloAddress.Equals(self.SiloAddress))
        {
            _written = written;
        }
    }

    /// <summary>Writes the row when the table has an older one or none; true when it did.</summary>
    /// <remarks>A silo that others declared dead stays so: no status comes after that one.</remarks>
    public async Task<bool> PutBackAsync(IMembershipTable table, MembershipTableData read, CancellationToken cancellationToken)
    {
        if (_written is not { Status: not SiloStatus.Dead } own)
        {
            return false;
        }

        return read.TryGet(self.SiloAddress) switch
        {
            null => await table.InsertRowAsync(own, read.Version.Next(), cancellationToken),
            var (row, etag) when row.Status < own.Status => await table.UpdateRowAsync(own, etag, read.Version.Next(), cancellationToken),
            _ => false,
        };
    }
}
