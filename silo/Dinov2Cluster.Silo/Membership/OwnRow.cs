namespace Dinov2Cluster.Silo.Membership;

/// <summary>The row that this silo last wrote of itself, to write it again when a restored table is older.</summary>
/// <remarks>
/// The silo that restores a lost table may not have read the newest version: the row of a silo that had just become active can come back with the
/// status "joining". Only the silo itself can correct that; the probes make votes and declarations of death again.
/// </remarks>
internal sealed class OwnRow(ILocalSiloDetails self)
{
    private volatile MembershipEntry? _written;

    /// <summary>Remembers a written row if it is the silo's own.</summary>
    public void Remember(MembershipEntry written)
    {
        if (written.SiloAddress.Equals(self.SiloAddress))
        {
            _written = written;
        }
    }

    /// <summary>Writes the row when the table has an older row or none; true when it was written.</summary>
    /// <remarks>A silo that others declared dead stays dead: no status comes after that.</remarks>
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
